// Two verifiers, one report: seeded lies about many bundles, judged by both.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { exitCode, readTrust, reportJson, reportTable, type Trust, verify } from '../../verifier/ts/index.ts'
import { build } from '../../verifier/ts/testing/bundle.ts'
import { trustFiles } from '../../verifier/ts/testing/keys.ts'
import { mutant, random } from '../../verifier/ts/testing/mutate.ts'
import { stories } from '../../verifier/ts/testing/stories.ts'
import { describeGo } from './go.ts'

const now = '2026-03-02T00:00:00.000Z'
const mutants = 600

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
