// biome-ignore-all lint/suspicious/noAssignInExpressions: each lie is one assignment
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import { renderDisplay } from '../core/display.ts'
import type { ApprovalView, DecisionRequest } from '../core/generated/types.ts'
import { judged } from '../evidence/testing/registry.ts'
import { digest } from '../runtime/digest.ts'
import { createKeyFile } from '../runtime/keys.ts'
import { approvalView } from './testing/approval.ts'
import { cli, type Person } from './testing/console.ts'
import { changeId, type FakeGateway, fakeGateway } from './testing/fake-gateway.ts'

const counted = { decision_id: null, status: 'counted', code: null, state: 'APPROVED', approvals: 1, quorum: 1 }
const refused = { ...counted, status: 'refused', code: 'CLYRA_APPROVAL_SELF', state: 'AWAITING_APPROVAL', approvals: 0 }

let dir: string
let keyFile: string
let enrolled: { person: string; key_id: string; alg: 'ES256'; spki: string; enrolled_at: string; revoked_at: null; token: null }
let gateway: FakeGateway
let view: ApprovalView
let result: object

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'clyra-approve-'))
  keyFile = join(dir, 'ben.pem')
  const signer = await createKeyFile(keyFile, 'ES256')
  writeFileSync(join(dir, 'ben.token'), 'token-of-ben\n')
  const spki = Buffer.from(signer.spki).toString('base64')
  const enrolled_at = '2026-01-01T00:00:00.000Z'
  enrolled = { person: 'ben@shop.example', key_id: signer.keyId, alg: 'ES256', spki, enrolled_at, revoked_at: null, token: null }
  view = approvalView()
  result = counted
  gateway = await fakeGateway({
    [`GET /v1/approvals/${changeId}`]: () => view,
    'GET /v1/approvers': () => ({ approvers: [enrolled] }),
    [`POST /v1/approvals/${changeId}/decisions`]: () => result,
  })
})
afterEach(async () => {
  await gateway.close()
  rmSync(dir, { recursive: true })
})

const decide = (command: 'approve' | 'reject', more: string[] = ['--yes'], person: Person = {}) =>
  cli([command, changeId, '--gateway', gateway.url, '--key-file', keyFile, ...more], person)
const posted = () => gateway.asked.filter(({ method }) => method === 'POST')
const signed = async () => {
  const envelope = (posted()[0]?.body as DecisionRequest | undefined)?.envelope ?? {}
  const checked = judged(canonical(envelope), [enrolled])
  if ('code' in checked) throw new Error(checked.code)
  return checked.statement.predicate
}

describe('clyra approve', () => {
  test('shows what will run and signs exactly that, with the key beside the token', async () => {
    const { code, out } = await decide('approve', ['--yes', '--reason', 'looked at it'])
    expect(code).toBe(0)
    expect(out).toContain("  1| DELETE FROM shop.orders WHERE state = 'void'")
    expect(await signed()).toMatchObject({
      ...view.binding,
      change_id: changeId,
      decision: 'approve',
      person: 'ben@shop.example',
      reason: 'looked at it',
    })
    expect(gateway.asked.every(({ headers }) => headers.authorization === 'Bearer token-of-ben')).toBe(true)
  })

  test('the private key is in nothing that was sent', async () => {
    await decide('approve')
    const secret = readFileSync(keyFile, 'utf8').split('\n')[1] as string
    expect(JSON.stringify(gateway.asked)).not.toContain(secret)
  })

  test('reject signs a rejection', async () => {
    expect((await decide('reject')).code).toBe(0)
    expect((await signed()).decision).toBe('reject')
  })

  test('a refused decision is exit 3 and names the code', async () => {
    result = refused
    const { code, out } = await decide('approve')
    expect(code).toBe(3)
    expect(out).toContain('CLYRA_APPROVAL_SELF')
  })

  test('where policy asks for the page it says so and why, and signs nothing; to reject, a key will do', async () => {
    view.grade = 'enhanced'
    view.verdict.grade = 'enhanced'
    const { code, err } = await decide('approve')
    expect(code).toBe(3)
    expect(err).toMatch(/CLYRA_APPROVAL_GRADE .*passkey.*large-change: many rows/)
    expect(posted()).toEqual([])
    expect((await decide('reject')).code).toBe(0)
  })

  test('a person who answers no signs nothing', async () => {
    const { code, err } = await decide('approve', [], { answer: false })
    expect(code).toBe(1)
    expect(err).toContain('CLYRA_CLI_NOT_CONFIRMED')
    expect(posted()).toEqual([])
  })

  test('a person who answers yes approves', async () => {
    expect((await decide('approve', [], { answer: true })).code).toBe(0)
    expect((await signed()).decision).toBe('approve')
  })

  test('without a person at the terminal and without --yes nothing is signed', async () => {
    expect((await decide('approve', [])).code).toBe(1)
    expect(posted()).toEqual([])
  })

  test('a key that is enrolled for nobody signs nothing', async () => {
    enrolled.key_id = '0'.repeat(64)
    const { code, err } = await decide('approve')
    expect(code).toBe(3)
    expect(err).toContain('CLYRA_APPROVAL_UNKNOWN_KEY')
    expect(posted()).toEqual([])
  })
})

describe('a gateway that lies', () => {
  const lies: [string, (view: ApprovalView) => void][] = [
    ['shows another statement', ({ payload }) => void (payload.statements = ['SELECT 1'])],
    ['hides a second statement', ({ payload }) => void (payload.statements as string[]).push('DROP TABLE shop.orders')],
    ['shows another target', (view) => void (view.payload.target = view.target = 'staging')],
    ['shows other facts', ({ verdict }) => void ((verdict.facts as { estimated_rows: number }).estimated_rows = 1)],
    ['names another policy', ({ verdict }) => void (verdict.policy_id = 'harmless')],
    ['hides a requester', (view) => void (view.requesters = [])],
    ['shows another reason', (view) => void (view.reason = 'routine')],
    ['asks to sign another payload', ({ binding }) => void (binding.payload_digest = digest('other'))],
    ['asks to sign another display', ({ binding }) => void (binding.display_hash = digest('other'))],
    ['asks to sign another policy', ({ binding }) => void (binding.policy_digest = digest('other'))],
    ['asks to sign another nonce', ({ binding }) => void (binding.nonce = 'ef'.repeat(32))],
    ['answers with another change', (view) => void (view.change_id = `chg_${'b'.repeat(26)}`)],
    ['sends a payload that cannot be rendered', (view) => void (view.payload = {})],
    ['sends a payload with more than a payload has', ({ payload }) => void (payload.statement = 'SELECT 1')],
    [
      'swaps the statement and both its display hashes',
      (view) => {
        view.payload.statements = ['SELECT 1']
        const display_hash = digest(
          renderDisplay({ ...view, claimed: view.claimed_for, payload: view.payload as never, verdict: view.verdict as never }),
        )
        view.binding.display_hash = display_hash
        view.verdict.display_hash = display_hash
      },
    ],
  ]

  test.each(lies)('%s: it is caught and nothing is signed', async (_name, lie) => {
    lie(view)
    const { code, err } = await decide('approve')
    expect(code).toBe(1)
    expect(err).toContain('CLYRA_APPROVAL_DISPLAY_MISMATCH')
    expect(posted()).toEqual([])
  })

  test('approvals show catches it too', async () => {
    view.payload.statements = ['SELECT 1']
    const { code, out } = await cli(['approvals', 'show', changeId, '--gateway', gateway.url, '--json'])
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      code: 'CLYRA_APPROVAL_DISPLAY_MISMATCH',
      faults: expect.arrayContaining([expect.objectContaining({ pointer: '/binding/payload_digest' })]),
    })
  })

  test('approvals show prints what an honest one would let run', async () => {
    const { code, out, err } = await cli(['approvals', 'show', changeId, '--gateway', gateway.url])
    expect(code).toBe(0)
    expect(digest(`${out}\n`)).toBe(view.binding.display_hash)
    expect(err).toMatch(/^grade +standard: one proof/)
    expect(err).toMatch(/^approvals +0 of 1 until 2026-01-02/m)
  })
})
