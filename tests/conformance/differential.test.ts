// Two verifiers, one report: seeded lies about many bundles, judged by both.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { SchemaSnapshot } from '../../core/generated/types.ts'
import { diffSnapshots } from '../../core/snapshot/diff.ts'
import { exitCode, readTokens, readTrust, reportJson, reportTable, type Tokens, type Trust, verify } from '../../verifier/ts/index.ts'
import { build } from '../../verifier/ts/testing/bundle.ts'
import { trustFiles } from '../../verifier/ts/testing/keys.ts'
import { mutant, random, scratched } from '../../verifier/ts/testing/mutate.ts'
import type { Seen } from '../../verifier/ts/testing/snapshots.ts'
import { approvedByPasskey, approvedBySignOn, enforcedOver, stories } from '../../verifier/ts/testing/stories.ts'
import { describeGo } from './go.ts'

const now = '2026-03-02T00:00:00.000Z'
const mutants = 600
const assertions = 200
const tokens = 300

// Claims that two readers of JSON could read differently.
const odd = (text: string, pick: (below: number) => number): string =>
  text.replace(
    '{',
    [
      '{"nonce":"x",',
      '{"x":1e400,',
      '{"azp":1e400,',
      '{"azp":null,',
      '{"x":"\\ud800","acr":null,',
      '{"\\u0061zp":"clyra",',
      '{"__proto__":{"azp":"x"},',
      '{"Sub":"x","SUB":null,',
      '{"amr":[null],',
      '{"x":-0,"y":1E2,',
      `{"x":${'['.repeat(5000)}${']'.repeat(5000)},`,
      '{"x":"\u2028\u007f",',
    ][pick(12)] as string,
  )

// Names that are quoted, escaped, or sorted otherwise by bytes than by code units.
const name = fc.constantFrom('a', 'B', 'a.b', 'say "b"', 'b.\n\u0001\\', 'ä', '\u{1f600}', '\ufffd', '.\u2028<', 'x.ordinal', 'ordinal', '')
const hash = fc.constantFrom(...['0', '1'].map((digit) => `sha256:${digit.repeat(64)}`))
const unique = <T>(one: fc.Arbitrary<T>, by: (item: T) => string) => fc.uniqueArray(one, { selector: by, maxLength: 4 })
const column = fc.record({
  ordinal: fc.integer({ min: 1, max: 3 }),
  name,
  type: fc.constantFrom('text', ''),
  nullable: fc.boolean(),
  default_hash: fc.option(hash),
  collation: fc.option(name),
})
const part = fc.record({ name, kind: fc.constantFrom('index', 'constraint'), definition_hash: hash })
const relation = fc.record({
  schema: fc.constantFrom('s', 'a.b'),
  name,
  kind: fc.constantFrom('table', 'view'),
  owner: fc.constantFrom('o', 'p'),
  columns: unique(column, (one) => one.name),
  parts: unique(part, (one) => one.kind + one.name),
  definition_hash: fc.option(hash),
  grants_hash: hash,
  row_security: fc.boolean(),
})
const snapshot = unique(relation, (one) => JSON.stringify([one.schema, one.name])).map(
  (relations): SchemaSnapshot => ({ platform: 'postgresql', relations }),
)

describeGo('both verifiers', (go) => {
  const dir = mkdtempSync(join(tmpdir(), 'clyra-differential-'))
  const [file, trustDir] = [join(dir, 'evidence.zip'), join(dir, 'trust')]
  mkdirSync(trustDir)
  for (const [name, text] of Object.entries(trustFiles)) writeFileSync(join(trustDir, name), text)
  const trust = readTrust(trustDir) as Trust
  afterAll(() => rmSync(dir, { recursive: true }))

  function judge(zip: Buffer, ...options: string[]): { stdout: string; status: number | null } {
    writeFileSync(file, zip)
    const { stdout, status } = spawnSync(go, [file, '--trust', trustDir, '--now', now, ...options], { encoding: 'utf8' })
    return { stdout, status }
  }

  test(`say the same of ${mutants} mutants`, () => {
    const pick = random(20260301)
    const codes = new Map<string, number>()
    for (let round = 0; round < mutants; round++) {
      const zip = mutant(pick)
      const report = verify(zip, trust, now)
      expect([round, judge(zip, '--json')]).toEqual([round, { stdout: `${reportJson(report)}\n`, status: exitCode(report) }])
      const found = report.claims.filter(({ code }) => code !== null).map(({ code }) => code as string)
      for (const code of found.length === 0 ? ['valid'] : found) codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    console.log(`differential: ${mutants} mutants, ${codes.size} codes, 0 differences`)
    expect(codes.size).toBeGreaterThan(30)
  })

  test(`say the same of ${assertions} scratched assertions`, () => {
    const pick = random(7)
    let accepted = 0
    for (let round = 0; round < assertions; round++) {
      const part = pick(3) === 0 ? 'authenticatorData' : 'clientData'
      const zip = build(approvedByPasskey((honest) => ({ ...honest, [part]: scratched(honest[part], pick) })))
      const report = verify(zip, trust, now)
      expect([round, judge(zip, '--json')]).toEqual([round, { stdout: `${reportJson(report)}\n`, status: exitCode(report) }])
      const [failure] = report.claims.filter(({ status }) => status === 'FAIL').map(({ code }) => code)
      expect([undefined, 'APPROVAL_SIGNATURE']).toContain(failure)
      if (failure === undefined) accepted++
    }
    console.log(`differential: ${assertions} assertions, ${accepted} accepted, 0 differences`)
    // The counter, free flags and members nobody must read may say anything.
    expect([accepted > 0, accepted < assertions / 2]).toEqual([true, true])
  })

  test(`say the same of ${tokens} scratched claims of ID tokens, signed again`, () => {
    const pick = random(11)
    const disclosed = join(dir, 'disclosed')
    mkdirSync(disclosed)
    const codes = new Map<string, number>()
    for (let round = 0; round < tokens; round++) {
      const payload = (text: string): string => String(scratched(Buffer.from(pick(2) === 0 ? text : odd(text, pick)), pick))
      const { story, token } = approvedBySignOn(pick(4) === 0 ? { payload, header: { kid: 'rsa-1', x: payload('y') } } : { payload })
      writeFileSync(join(disclosed, 'token'), token)
      const zip = build(story)
      const report = verify(zip, trust, now, readTokens(disclosed) as Tokens)
      const said = judge(zip, '--json', '--disclosed', disclosed)
      expect([round, token, said]).toEqual([round, token, { stdout: `${reportJson(report)}\n`, status: exitCode(report) }])
      codes.set(report.verdict, (codes.get(report.verdict) ?? 0) + 1)
    }
    console.log(`differential: ${tokens} ID tokens, ${codes.get('valid')} valid, 0 differences`)
    expect([codes.get('valid') ?? 0, codes.get('invalid') ?? 0].every((count) => count > 0)).toBe(true)
  })

  test('compute the delta the producer writes', () => {
    const counted = { pairs: 0, differences: 0 }
    const judged = fc.property(snapshot, snapshot, (before, after) => {
      const changes = diffSnapshots(before, after)
      const zip = build(enforcedOver({ before, after, changes } as unknown as Seen))
      const report = verify(zip, trust, now)
      expect([report.verdict, judge(zip, '--json')]).toEqual(['valid', { stdout: `${reportJson(report)}\n`, status: 0 }])
      counted.pairs++
      counted.differences += changes.length
    })
    fc.assert(judged, { seed: 11, numRuns: 200 })
    console.log(`differential: ${counted.pairs} pairs of snapshots, ${counted.differences} differences`)
    expect(counted.differences).toBeGreaterThan(counted.pairs)
  })

  test('print the same tables and the same explanations', () => {
    for (const story of Object.values(stories)) {
      const zip = build(story())
      const report = verify(zip, trust, now)
      expect(judge(zip)).toEqual({ stdout: reportTable(report, false), status: 0 })
      expect(judge(zip, '--explain')).toEqual({ stdout: reportTable(report, true), status: 0 })
    }
    const broken = verify(Buffer.of(), trust, now)
    expect(judge(Buffer.of(), '--explain')).toEqual({ stdout: reportTable(broken, true), status: 1 })
  })
})
