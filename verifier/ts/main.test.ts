import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { build } from './testing/bundle.ts'
import { trustFiles } from './testing/keys.ts'
import { approvedBySignOn, stories } from './testing/stories.ts'

const dir = mkdtempSync(join(tmpdir(), 'clyra-verify-'))
const trust = join(dir, 'trust')
mkdirSync(trust)
for (const [name, text] of Object.entries(trustFiles)) writeFileSync(join(trust, name), text)
const [good, bad] = [join(dir, 'good.zip'), join(dir, 'bad.zip')]
const bytes = build(stories.denied())
writeFileSync(good, bytes)
writeFileSync(bad, bytes.subarray(1))
afterAll(() => rmSync(dir, { recursive: true }))

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], { encoding: 'utf8' })
  return { status, stdout, stderr: stderr.replace(/\(node:.*\n.*--trace-warnings.*\n/, '') }
}

describe('clyra-verify', () => {
  test('prints a table and ends with 0 for a valid file', () => {
    const { status, stdout } = run(good, '--trust', trust)
    expect(status).toBe(0)
    expect(stdout).toMatch(/^verdict {2}valid\nbundle {3}sha256:[0-9a-f]{64}\nchange {3}chg_.*, attempt 1, denied, receipts 0 to 3\n/)
    expect(stdout.match(/ PASS/g)).toHaveLength(10)
    expect(stdout).toContain('\n11  sign_on       NOT_CHECKED  none present\n12  attestations  NOT_CHECKED  none present\n')
  })

  test('explains each claim in a sentence', () => {
    const sentences = run(good, '--explain', '--trust', trust)
      .stdout.split('\n')
      .filter((line) => line.startsWith('    '))
    expect(sentences).toHaveLength(14)
    for (const sentence of sentences) expect(sentence).toMatch(/\.$/)
  })

  test('--disclosed gives ID tokens, each with its line break; folders and long files are passed over', () => {
    const { story, token } = approvedBySignOn()
    const [file, folder] = [join(dir, 'signed-on.zip'), join(dir, 'disclosed')]
    mkdirSync(join(folder, 'folder'), { recursive: true })
    writeFileSync(file, build(story))
    writeFileSync(join(folder, 'long'), 'x'.repeat(16_385))
    const said = (...args: string[]) => run(file, '--trust', trust, '--json', ...args)
    expect([said().status, JSON.parse(said().stdout).verdict]).toEqual([2, 'cannot_judge'])
    expect(said('--disclosed', folder).stdout).toBe(said().stdout)
    writeFileSync(join(folder, 'token'), `${token}\n`)
    expect([said('--disclosed', folder).status, JSON.parse(said('--disclosed', folder).stdout).verdict]).toEqual([0, 'valid'])
  })

  test('--json is one canonical line, and 1 means invalid', () => {
    const { status, stdout } = run('--json', '--trust', trust, bad)
    expect(status).toBe(1)
    expect(stdout).toMatch(/^\{"attempt":null,.*\}\n$/)
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'invalid', bundle_id: null })
  })

  test.each([
    ['no file', [join(dir, 'none.zip'), '--trust', trust], 'file not readable'],
    ['a directory', [dir, '--trust', trust], 'file not readable'],
    ['no trust', [good, '--trust', join(dir, 'none')], 'trust not readable'],
    ['trust of another kind', [good, '--trust', dir], 'trust not readable'],
  ])('cannot judge without more: %s', (_, args, detail) => {
    const { status, stdout } = run(...args, '--json')
    const report = JSON.parse(stdout)
    expect([status, report.verdict]).toEqual([2, 'cannot_judge'])
    expect(report.claims[0]).toEqual({ claim: 'container', status: 'NOT_CHECKED', code: null, detail })
  })

  test.each([
    ['nothing', []],
    ['no trust', [good]],
    ['two files', [good, bad, '--trust', trust]],
    ['no folder of tokens', [good, '--trust', trust, '--disclosed', join(dir, 'none')]],
    ['an unknown option', [good, '--trust', trust, '--force']],
    ['a time of another form', [good, '--trust', trust, '--now', '2026-01-01']],
  ])('a wrong command line ends with 2 and the usage: %s', (_, args) => {
    const { status, stdout, stderr } = run(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^Usage: /)
  })

  test('--now decides the validity of keys, --help helps', () => {
    const early = JSON.parse(run(good, '--trust', trust, '--json', '--now', '2025-01-01T00:00:00.000Z').stdout)
    expect(early.claims[6].code).toBe('SIGNATURE_EXPIRED')
    expect(run('--help')).toMatchObject({ status: 0, stderr: '' })
  })
})
