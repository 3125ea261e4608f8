import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { soxStatement } from '../evidence/attest.ts'
import { readEvidence } from '../evidence/read.ts'
import { build } from '../verifier/ts/testing/bundle.ts'
import { trustFiles } from '../verifier/ts/testing/keys.ts'
import { approvedBySignOn, stories } from '../verifier/ts/testing/stories.ts'
import { cli } from './testing/console.ts'

const dir = mkdtempSync(join(tmpdir(), 'clyra-evidence-'))
const file = (name: string) => join(dir, name)
type Controls = ReturnType<typeof controlsOf>
const controlsOf = (zip: Uint8Array) => {
  const { receipts, blobs, bundle_id, manifest } = readEvidence(zip)
  return soxStatement({ receipts, blobs, bundle_id, attested_at: manifest.sealed_at }).predicate.controls
}
const write = (name: string, controls?: Controls) =>
  writeFileSync(file(name), build(stories.enforced(), controls === undefined ? {} : { attest: { controls } }))

beforeAll(() => {
  for (const [name, text] of Object.entries(trustFiles)) writeFileSync(file(name), text)
  write('plain.zip')
  const controls = controlsOf(build(stories.enforced()))
  write('attested.zip', controls)
  write(
    'flattered.zip',
    controls.map((control) => (control.control === 'ENF-1' ? { ...control, status: 'satisfied' } : control)),
  )
  const flipped = build(stories.enforced())
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] as number) ^ 1
  writeFileSync(file('flipped.zip'), flipped)
})

afterAll(() => rmSync(dir, { recursive: true }))

describe('clyra verify', () => {
  test.each([
    ['a good file', 'attested.zip', dir, 0, 'valid'],
    ['a file with one byte flipped', 'flipped.zip', dir, 1, 'invalid'],
    ['a file that is not there', 'none.zip', dir, 2, 'cannot_judge'],
    ['no trust', 'plain.zip', join(dir, 'none'), 2, 'cannot_judge'],
  ])('%s', async (_name, zip, trust, exit, verdict) => {
    const { code, out } = await cli(['verify', file(zip), '--trust', trust])
    expect([code, out.split('\n')[0]]).toEqual([exit, `verdict  ${verdict}`])
  })

  test.each([[['--json']], [['--explain']], [[]]])('prints what the verifier itself prints with %j', async (options) => {
    const argv = [file('attested.zip'), '--trust', dir, ...options]
    const main = join(import.meta.dirname, '../verifier/ts/main.ts')
    expect(`${(await cli(['verify', ...argv])).out}\n`).toBe(execFileSync(process.execPath, [main, ...argv], { encoding: 'utf8' }))
  })
})

test('clyra verify takes the ID tokens an approver disclosed', async () => {
  const { story, token } = approvedBySignOn()
  const folder = file('disclosed')
  mkdirSync(folder)
  writeFileSync(join(folder, 'token'), token)
  writeFileSync(file('signed-on.zip'), build(story))
  const verdict = async (...argv: string[]) => (await cli(['verify', file('signed-on.zip'), '--trust', dir, ...argv])).out.split('\n')[0]
  expect([await verdict(), await verdict('--disclosed', folder)]).toEqual(['verdict  cannot_judge', 'verdict  valid'])
  const { code, err } = await cli(['verify', file('signed-on.zip'), '--trust', dir, '--disclosed', file('none')])
  expect([code, err]).toEqual([2, expect.stringContaining('CLYRA_CLI_FILE')])
})

describe('clyra attest', () => {
  test.each([
    ['the same judgement', 'attested.zip', 0, 'equal'],
    ['a judgement that flatters', 'flattered.zip', 1, 'differs'],
    ['no attestation', 'plain.zip', 2, 'absent'],
  ])('%s', async (_name, zip, exit, attestation) => {
    const { code, out } = await cli(['attest', file(zip), '--framework', 'sox', '--json'])
    expect([code, JSON.parse(out).attestation]).toEqual([exit, attestation])
    expect((await cli(['attest', file(zip)])).out).toContain('CHG-1')
  })

  test('a file that is no evidence is an error, not a judgement', async () => {
    const { code, err } = await cli(['attest', file('keys.json')])
    expect([code, err]).toEqual([1, expect.stringContaining('CLYRA_EVIDENCE_INVALID')])
  })
})

describe('clyra export', () => {
  test.each([
    ['--servicenow', 'short_description'],
    ['--jira', 'fields'],
  ])('%s writes the payload as JSON, to the standard output or a file', async (tracker, field) => {
    const { code, out } = await cli(['export', tracker, file('attested.zip')])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toHaveProperty(field)
    expect(out).toContain('clyra verify attested.zip')
    const written = file(`${tracker}.json`)
    expect((await cli(['export', tracker, file('attested.zip'), '-o', written])).code).toBe(0)
    expect(JSON.parse(readFileSync(written, 'utf8'))).toEqual(JSON.parse(out))
  })

  test.each([
    ['no tracker', []],
    ['two trackers', ['--jira', '--servicenow']],
  ])('%s is wrong usage', async (_name, options) => {
    expect((await cli(['export', ...options, file('attested.zip')])).code).toBe(2)
  })

  test('a file without an attestation is an error', async () => {
    expect((await cli(['export', '--jira', file('plain.zip')])).code).toBe(1)
  })
})
