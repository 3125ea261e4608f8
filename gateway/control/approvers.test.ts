// Whose keys and accounts may decide.
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ApproverView } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { sha256Hex } from '../../runtime/digest.ts'
import { problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ben: string
let admin: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ben = await gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
  admin = await gateway.token(['admin'])
})
afterAll(() => gateway.stop())

describe('approvers', () => {
  const keyOf = (namedCurve: string) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve })
    return publicKey.export({ format: 'der', type: 'spki' })
  }
  const enroll = (person: string, spki: string, token = admin) =>
    gateway.call(token, { method: 'POST', url: '/v1/approvers', payload: { person, spki } })

  test('an enrolled key comes with a token that works until the key is revoked', async () => {
    const spki = keyOf('P-256')
    const response = await enroll('dora@shop.example', spki.toString('base64'))
    const view = response.json<ApproverView>()
    expect([response.statusCode, view.key_id, view.revoked_at]).toEqual([201, sha256Hex(spki), null])
    expect(gateway.trustChanges()).toBe(1)
    const token = view.token ?? ''
    expect(await gateway.ledger.tokens.principal(token)).toEqual({
      tenant: 'default',
      actor: 'approver:dora@shop.example',
      person: 'dora@shop.example',
      roles: ['approver'],
    })
    const listed = await gateway.call(token, { url: '/v1/approvers' })
    expect(listed.json()).toEqual({ approvers: [{ ...view, token: null }] })

    const revoked = await gateway.call(admin, { method: 'DELETE', url: `/v1/approvers/${view.key_id}?reason=lost` })
    expect([revoked.statusCode, revoked.json<ApproverView>().token]).toEqual([200, null])
    expect(revoked.json<ApproverView>().revoked_at).not.toBeNull()
    expect(gateway.trustChanges()).toBe(2)
    expect((await gateway.call(token, { url: '/v1/approvers' })).statusCode).toBe(401)
    expect((await enroll('dora@shop.example', spki.toString('base64'))).statusCode).toBe(409)
    const receipts = (await gateway.ledger.log.read(tenantStream('default'))).filter(({ receipt }) => receipt.kind.startsWith('approver_'))
    expect(receipts.map(({ receipt }) => [receipt.kind, receipt.actor.actor, receipt.body.reason])).toEqual([
      ['approver_enrolled', 'admin', undefined],
      ['approver_revoked', 'admin', 'lost'],
    ])
  })

  test('an account is listed without what the provider calls it, and unlinked by a receipt, with the tokens of its person', async () => {
    const { identities, log, tokens } = gateway.ledger
    const subject_id = '7'.repeat(64)
    const subject = { person: 'eva@shop.example', subject_id, iss: 'https://login.example', sub: 'canary-sub' }
    await identities.link('default', subject, { actor: 'root', person: null })
    const token = await tokens.issue({
      tenant: 'default',
      actor: 'approver:eva@shop.example',
      person: 'eva@shop.example',
      roles: ['approver'],
    })
    const listed = await gateway.call(token, { url: '/v1/accounts' })
    expect(listed.json<{ accounts: object[] }>().accounts).toEqual([
      expect.objectContaining({ person: 'eva@shop.example', unlinked_at: null }),
    ])
    expect(listed.body).not.toContain('canary')
    const url = `/v1/accounts/${subject_id}?reason=left`
    expect((await gateway.call(token, { method: 'DELETE', url })).statusCode).toBe(403)
    const before = gateway.trustChanges()
    expect((await gateway.call(admin, { method: 'DELETE', url })).json().unlinked_at).not.toBeNull()
    expect(gateway.trustChanges()).toBe(before + 1)
    expect((await gateway.call(token, { url: '/v1/accounts' })).statusCode).toBe(401)
    expect((await log.read(tenantStream('default'))).at(-1)?.receipt).toMatchObject({ kind: 'subject_unlinked', body: { reason: 'left' } })
    const unknown = `/v1/accounts/${'0'.repeat(64)}`
    expect((await gateway.call(admin, { method: 'DELETE', url: unknown })).statusCode).toBe(404)
  })

  test('two persons whose names are no actor names get different tokens', async () => {
    const tokens = []
    for (const person of ['zoe (sales)', 'zoe (stock)'])
      tokens.push((await enroll(person, keyOf('P-256').toString('base64'))).json<ApproverView>().token)
    const actors = await Promise.all(tokens.map(async (token) => (await gateway.ledger.tokens.principal(token ?? ''))?.actor))
    expect(new Set(actors).size).toBe(2)
  })

  test.each([
    ['another curve', () => keyOf('P-384').toString('base64')],
    ['another kind of key', () => generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).toString('base64')],
    ['bytes after the key', () => Buffer.concat([keyOf('P-256'), Buffer.from([0])]).toString('base64')],
    ['base64 that is not canonical', () => keyOf('P-256').toString('base64').replace(/=*$/, '')],
    ['no key at all', () => 'AAAA'],
  ])('%s is refused', async (_name, spki) => {
    const response = await enroll('mallory', spki())
    expect([response.statusCode, problemIn(response).errors?.map(({ pointer }) => pointer)]).toEqual([400, ['/spki']])
  })

  test('only an admin enrolls and revokes; nobody revokes what is not there', async () => {
    expect((await enroll('x', keyOf('P-256').toString('base64'), ben)).statusCode).toBe(403)
    expect((await gateway.call(ben, { method: 'DELETE', url: `/v1/approvers/${'0'.repeat(64)}` })).statusCode).toBe(403)
    expect((await gateway.call(admin, { method: 'DELETE', url: `/v1/approvers/${'0'.repeat(64)}` })).statusCode).toBe(404)
  })
})
