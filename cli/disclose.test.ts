import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { digest, sha256Hex } from '../runtime/digest.ts'
import { cli } from './testing/console.ts'
import { type FakeGateway, fakeGateway } from './testing/fake-gateway.ts'

const id = `chg_${'a'.repeat(26)}`
const other = `chg_${'b'.repeat(26)}`
const dir = mkdtempSync(join(tmpdir(), 'clyra-disclose-'))
const out = join(dir, 'disclosed')
let gateway: FakeGateway

beforeAll(async () => {
  writeFileSync(join(dir, 'token'), 'clyra_test')
  gateway = await fakeGateway({
    [`GET /v1/changes/${id}/id-tokens`]: { change_id: id, tokens: [{ digest: digest('a.b.c'), person: 'ben', token: 'a.b.c' }] },
    [`GET /v1/changes/${other}/id-tokens`]: { change_id: other, tokens: [{ digest: digest('a.b.c'), person: 'ben', token: 'x.y.z' }] },
  })
})
afterAll(async () => {
  await gateway.close()
  rmSync(dir, { recursive: true })
})
const disclose = (change: string) =>
  cli(['evidence', 'disclose', change, '--out', out, '--gateway', gateway.url, '--token-file', join(dir, 'token')])

test('writes each token to a file of its own that nobody else reads, named as the verifiers look for it, and prints none', async () => {
  const { code, out: printed } = await disclose(id)
  const file = join(out, `${sha256Hex('a.b.c')}.jwt`)
  expect([code, readdirSync(out)]).toEqual([0, [`${sha256Hex('a.b.c')}.jwt`]])
  expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual(['a.b.c', 0o600])
  expect(printed).toContain('sign-on of ben')
  expect(printed).not.toContain('a.b.c')
})

test('takes no token that is not the one its digest names', async () => {
  const { code, err } = await disclose(other)
  expect([code, err]).toEqual([1, expect.stringContaining('CLYRA_CLI_BAD_ANSWER')])
  expect(readdirSync(out)).toHaveLength(1)
})
