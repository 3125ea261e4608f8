import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../../core/canonical.ts'
import { attestationPath, attestSox } from '../../evidence/attest.ts'
import { addSignature, buildBundle, bundleIdOf } from '../../evidence/bundle.ts'
import { readEvidence } from '../../evidence/read.ts'
import { readme } from '../../evidence/readme.ts'
import { fits } from '../../evidence/schemas.ts'
import { ticketRequest } from '../../evidence/ticket-request.ts'
import { readZip, writeZip } from '../../evidence/zip.ts'
import { cases, filesOf } from './generate.ts'
import { bundleInput, linesOf } from './pack.ts'
import { attestKey, bundleKey } from './world.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(root, 'spec/vectors')
const whole = cases.filter(({ fails }) => fails === null)

const filesUnder = (dir: string, prefix = ''): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(dir, entry.name), `${prefix}${entry.name}/`) : [prefix + entry.name],
  )

describe('golden vectors', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s is generated without difference', async (name, one) => {
    const made = await filesOf(one)
    const dir = join(folder, name)
    expect(filesUnder(dir).sort()).toEqual([...made.keys()].sort())
    for (const [path, bytes] of made) expect([path, readFileSync(join(dir, path)).equals(bytes)]).toEqual([path, true])
    const expected = Buffer.from(made.get('expect.json') ?? '').toString()
    expect(fits('report', JSON.parse(expected))).toBe(true)
    expect(`${canonical(JSON.parse(expected))}\n`).toBe(expected)
  })

  test('no other folder stands among them', () => {
    expect(readdirSync(folder).sort()).toEqual(cases.map(({ name }) => name).sort())
  })

  test('every code of spec/verifier-cli.md is reached, and no other', () => {
    const table = readFileSync(join(root, 'spec/verifier-cli.md'), 'utf8')
    const rows = table.split('\n').filter((line) => /^\| \d+ \|/.test(line))
    const codes = rows.flatMap((row) => {
      const [, , claim = '', , list = ''] = row.split('|').map((cell) => cell.trim())
      return list
        .split(', ')
        .filter(Boolean)
        .map((code) => `${claim} ${code}`)
    })
    const reached = cases.flatMap(({ fails }) => (fails === null ? [] : [`${fails.claim} ${fails.code}`]))
    expect([...new Set(reached)].sort()).toEqual(codes.sort())
  })

  test('producer and verifier judge the controls alike, also of walks that must not be', () => {
    const differ = cases.filter(({ name }) => readFileSync(join(folder, name, 'expect.json'), 'utf8').includes('ATTESTATION_CONTROLS'))
    expect(differ.map(({ name }) => name)).toEqual(['attestation_flatters_fail'])
  })

  test('every outcome is among those that are right, and at least as many are broken', async () => {
    const outcomes = await Promise.all(
      whole.map(async (one) => readEvidence((await filesOf(one)).get('evidence.zip') ?? Buffer.of()).manifest.outcome),
    )
    expect(new Set(outcomes)).toEqual(
      new Set(['enforced', 'observed', 'denied', 'rejected', 'expired', 'cancelled', 'failed', 'ambiguous']),
    )
    expect(cases.length - whole.length).toBeGreaterThanOrEqual(whole.length)
  })
})

describe('the producer', () => {
  test.each(whole.map((one) => [one.name, one] as const))('seals %s into the golden bytes', async (_, one) => {
    const story = await one.story()
    const lines = linesOf(story)
    const { zip, bundle_id } = await buildBundle(await bundleInput(story, lines))
    expect(bundleIdOf(zip)).toBe(bundle_id)
    const { receipts, blobs } = readEvidence(zip)
    expect(receipts).toEqual(lines.map(({ envelope: _, ...line }) => line))
    const text = await attestSox({ receipts, blobs, bundle_id, attested_at: story.sealed_at, signer: attestKey })
    const sealed = story.attested ? await addSignature(zip, attestationPath('sox', attestKey.keyId), text) : zip
    expect(Buffer.from(sealed).equals((await filesOf(one)).get('evidence.zip') ?? Buffer.of())).toBe(true)
    expect(bundleIdOf(sealed)).toBe(bundle_id)
  })

  test.each<[string, (input: Awaited<ReturnType<typeof bundleInput>>) => void]>([
    ['a receipt out of place', (input) => void Object.assign(input, { start: 1, end: input.end + 1 })],
    ['a line that is not canonical', ({ receipts }) => void Object.assign(receipts[0] ?? {}, { line: `${receipts[0]?.line} ` })],
    ['a body that does not fit', ({ receipts }) => void Object.assign(receipts[0]?.receipt.body ?? {}, { kind: 'poem' })],
    ['a range that ends early', (input) => void Object.assign(input, { receipts: input.receipts.slice(0, -1), end: input.end - 1 })],
    ['fewer receipts than the range', (input) => void Object.assign(input, { end: input.end + 1 })],
    ['a blob that is not canonical', ({ blobs }) => void Object.assign(blobs[0] ?? {}, { text: ` ${blobs[0]?.text}` })],
    ['a blob that does not fit its role', ({ blobs }) => void Object.assign(blobs[0] ?? {}, { role: 'effect' })],
    ['a start without a checkpoint', (input) => void Object.assign(input, { start: 1, end: 2, receipts: [] })],
  ])('refuses %s', async (_, bend) => {
    const [first] = whole
    const story = await (first ?? cases[0])?.story()
    if (story === undefined) throw new Error('expected a story')
    const lines = linesOf(story)
    const input = await bundleInput({ ...story, blobs: story.blobs.map((blob) => ({ ...blob })) }, structuredClone(lines))
    bend(input)
    await expect(buildBundle(input)).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
  })

  test('adds signatures under sig/ alone', async () => {
    const zip = await writeZip(new Map([['SHA256SUMS', Buffer.of()]]))
    await expect(addSignature(zip, 'manifest.json', '{}')).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
  })
})

describe('a ticket', () => {
  const zipOf = (name: string): Uint8Array => readFileSync(join(folder, name, 'evidence.zip'))

  test('says what the evidence says', () => {
    const zip = zipOf('enforced_by_approval')
    expect(ticketRequest(zip, 'x.zip')).toMatchObject({
      outcome: 'enforced',
      bundle_id: bundleIdOf(zip),
      target: 'shop',
      requester: 'ada',
      approvers: ['bob', 'carol'],
      policy: { policy_id: 'vectors', outcome: 'needs_approval', rules: ['many-rows'] },
      evidence_file: 'x.zip',
    })
    expect(ticketRequest(zip, 'x.zip').controls.map(({ status }) => status)).toEqual([
      'satisfied',
      'satisfied',
      'satisfied',
      'satisfied',
      'satisfied',
      'not_applicable',
    ])
  })

  test('of a change that was never judged, or not attested', () => {
    expect(ticketRequest(zipOf('cancelled_before_verdict'), 'x.zip').policy.outcome).toBe('not judged')
    expect(() => ticketRequest(zipOf('denied'), 'x.zip')).toThrow(expect.objectContaining({ code: 'CLYRA_EVIDENCE_INVALID' }))
  })
})

describe('README.txt', () => {
  let dir: string
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'clyra-readme-'))
    chmodSync(dir, 0o755)
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  /** Runs the indented lines of the README, as an auditor would type them. */
  const follow = (name: string, zip: Uint8Array, trust = join(folder, name, 'trust')): string[] => {
    const place = join(dir, name)
    mkdirSync(place)
    writeFileSync(join(place, 'evidence.zip'), zip)
    const lines = readme.split('\n').filter((line) => line.startsWith('    ') && !line.includes('FILE=/path'))
    const script = lines.map((line) => line.trim()).join('\n')
    const env = { ...process.env, FILE: join(place, 'evidence.zip'), TRUST: trust }
    return execFileSync('sh', ['-e', '-c', script], { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .trim()
      .split('\n')
  }

  /** What the lines print when one of them fails. */
  const refused = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer }
      return `${stdout}${stderr}`
    }
    return 'nothing failed'
  }

  const zipOf = (name: string): Uint8Array => readFileSync(join(folder, name, 'evidence.zip'))

  test.each(['enforced_by_approval', 'second_attempt'])('its lines check %s with unzip, sha256sum and openssl alone', (name) => {
    const said = follow(name, zipOf(name))
    const sums = said.filter((line) => line.includes(': '))
    expect(sums.length).toBe([...readZip(zipOf(name)).keys()].filter((path) => path !== 'SHA256SUMS' && !path.startsWith('sig/')).length)
    expect(sums.every((line) => line.endsWith(': OK'))).toBe(true)
    const [subject, digest, verdict] = said.slice(-3)
    expect(subject).toBe(bundleIdOf(zipOf(name)).replace('sha256:', ''))
    expect(digest).toBe(subject)
    expect(verdict).toBe('Verified OK')
  })

  test('a changed file, a changed seal and a strange key are found', async () => {
    const files = readZip(zipOf('denied'))
    const changed = await writeZip(new Map([...files, ['README.txt', Buffer.from('nothing to see')]]))
    expect(refused(() => follow('changed', changed, join(folder, 'denied/trust')))).toContain('README.txt: FAILED')
    expect(refused(() => follow('bundle_signature_fail', zipOf('bundle_signature_fail')))).toContain('Verification failure')
    const strange = join(dir, 'strange')
    mkdirSync(strange)
    const pem = `${bundleKey.keyId.slice(0, 8)}.pem`
    writeFileSync(join(strange, pem), readFileSync(join(folder, 'denied/trust', `${attestKey.keyId.slice(0, 8)}.pem`)))
    expect(refused(() => follow('strange-key', zipOf('denied'), strange))).toContain('Verification failure')
  })
})
