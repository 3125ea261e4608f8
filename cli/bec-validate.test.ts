// Every vector that both verifiers are held to, looked at by `clyra bec validate`: what they find wrong in an approval, it finds.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import type { Report } from '../core/generated/types.ts'
import { readZip } from '../evidence/zip.ts'
import type { Validation } from './certificate-steps.ts'
import { cli } from './testing/console.ts'

const vectors = join(import.meta.dirname, '../spec/vectors')
const scratch = mkdtempSync(join(tmpdir(), 'clyra-bec-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const names = readdirSync(vectors).filter((name) => existsSync(join(vectors, name, 'evidence.zip')))
const validate = async (name: string, ...more: string[]) => {
  const dir = join(vectors, name)
  const disclosed = existsSync(join(dir, 'disclosed')) ? ['--disclosed', join(dir, 'disclosed')] : []
  const trust = more.includes('--trust') ? [] : ['--trust', join(dir, 'trust')]
  const { code, out } = await cli(['bec', 'validate', '--json', '--certificate-path', dir, ...trust, ...disclosed, ...more])
  return { code, found: JSON.parse(out) as Validation & { code?: string } }
}
const statusOf = ({ steps }: Validation, name: string) => steps.find((step) => step.name === name)?.status

test.each(names)('vector %s', async (name) => {
  const report = JSON.parse(readFileSync(join(vectors, name, 'expect.json'), 'utf8')) as Report
  const { code, found } = await validate(name)
  const isOurs = report.claims.some(({ claim, status }) => status === 'FAIL' && ['approvals', 'sign_on'].includes(claim))
  if (report.verdict === 'invalid' && !isOurs) return expect([0, 1, 2]).toContain(code)
  if (found.certificate === null) return expect(code).toBe(2)
  return expect(code).toBe({ valid: 0, invalid: 1, cannot_judge: 2 }[report.verdict])
})

describe('clyra bec validate', () => {
  test('tells thirteen steps, who agreed, with what, and what that proves', async () => {
    const { code, found } = await validate('approved_by_key_and_sign_on')
    expect(code).toBe(0)
    expect(found.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])
    expect(statusOf(found, 'revocation')).toBe('NOT_CHECKED')
    expect(statusOf(found, 'sign_on')).toBe('PASS')
    expect(found.approvers).toEqual([expect.objectContaining({ proofs: ['key', 'sign_on'], grade: 'standard', multi_factor: true })])
  })

  test('believes nobody without trust: no step that needs it passes, and it cannot judge', async () => {
    const dir = join(vectors, 'approved_by_passkey')
    const { code, out } = await cli(['bec', 'validate', '--json', '--certificate-path', dir])
    const found = JSON.parse(out) as Validation
    expect([code, found.verdict]).toEqual([2, 'cannot_judge'])
    for (const name of ['key', 'signature', 'commitment', 'sign_on', 'strength', 'receipt'])
      expect(statusOf(found, name)).toBe('NOT_CHECKED')
  })

  test('reads the file unpacked as it reads it packed', async () => {
    const packed = await validate('approved_by_passkey')
    for (const [path, bytes] of readZip(readFileSync(join(vectors, 'approved_by_passkey/evidence.zip')))) {
      mkdirSync(dirname(join(scratch, path)), { recursive: true })
      writeFileSync(join(scratch, path), bytes)
    }
    const trust = join(vectors, 'approved_by_passkey/trust')
    const { code, out } = await cli(['bec', 'validate', '--json', '--certificate-path', scratch, '--trust', trust])
    expect([code, JSON.parse(out)]).toEqual([packed.code, packed.found])
  })

  test('takes the file itself as well', async () => {
    const dir = join(vectors, 'approved_by_passkey')
    const { code } = await cli(['bec', 'validate', '--certificate-path', join(dir, 'evidence.zip'), '--trust', join(dir, 'trust')])
    expect(code).toBe(0)
  })

  test('does not choose among several evidence files', async () => {
    const dir = mkdtempSync(join(scratch, 'two-'))
    for (const name of ['a.zip', 'b.zip']) writeFileSync(join(dir, name), '')
    expect((await cli(['bec', 'validate', '--json', '--certificate-path', dir])).code).toBe(2)
  })

  test.each([
    ['there is no directory', '/nowhere', undefined],
    ['the trust is none', join(vectors, 'approved_by_passkey'), scratch],
  ])('ends with 2 where %s', async (_, path, trust) => {
    expect((await cli(['bec', 'validate', '--certificate-path', path, ...(trust ? ['--trust', trust] : [])])).code).toBe(2)
  })

  test('prints a table for people', async () => {
    const dir = join(vectors, 'approved_by_passkey')
    const { code, out } = await cli(['bec', 'validate', '--certificate-path', dir, '--trust', join(dir, 'trust')])
    expect(code).toBe(0)
    expect(out).toMatch(/^STEP +WHAT +STATUS +COMPARED$/m)
    expect(out).toMatch(/^bob +passkey +standard +yes +2026/m)
  })
})
