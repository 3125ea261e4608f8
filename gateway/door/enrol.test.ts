import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ApproverView, InviteView } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { statementMessage } from '../../evidence/dsse.ts'
import { type Authenticator, type Lies, softAuthenticator } from '../../tests/support/authenticator.ts'
import { problemIn, startTestGateway, type TestGateway } from '../control/testing/gateway.ts'
import { enrolPasskey, type NewPasskey } from './enrol.ts'
import { mintToken, proofMessage } from './tokens.ts'

let gateway: TestGateway
let admin: string

beforeAll(async () => {
  gateway = await startTestGateway()
  admin = await gateway.token(['admin'])
})
afterAll(() => gateway.stop())

const ask = (person: string, token = admin) => gateway.call(token, { method: 'POST', url: '/v1/invites', payload: { person } })
const invitation = async (person: string): Promise<string> => (await ask(person)).json<InviteView>().url.split('#')[1] ?? ''
const fresh = (): Authenticator => softAuthenticator(gateway.deps.door)
const offered = (one: Authenticator, token: string, lies?: Lies): NewPasskey => ({
  spki: one.spki.toString('base64'),
  credential_id: one.passkey.credential_id,
  assertion: one.assert(proofMessage('invite', token), lies),
})
const enrol = (token: string, passkey: NewPasskey) => enrolPasskey(gateway.deps, token, passkey)
const enrolled = async () => (await gateway.ledger.approvers.list('default')).map(({ person }) => person)

const unauthenticated = { code: 'CLYRA_API_UNAUTHENTICATED' }
const invalid = (pointer: string) => ({ code: 'CLYRA_API_INVALID', faults: [expect.objectContaining({ pointer })] })

describe('an invitation', () => {
  test('is a page of the door, for a quarter of an hour', async () => {
    const response = await ask('ann@shop.example')
    const { person, url, expires_at } = response.json<InviteView>()
    expect([response.statusCode, person]).toEqual([201, 'ann@shop.example'])
    expect(url).toMatch(/^https:\/\/door\.example\/approve\/enroll#[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/)
    const minutes = (Date.parse(expires_at) - Date.parse(await gateway.ledger.log.now())) / 60_000
    expect(minutes).toBeGreaterThan(14)
    expect(minutes).toBeLessThanOrEqual(15)
    expect(gateway.logged.join('')).not.toContain(url.split('#')[1])
  })

  test('comes from an admin alone, and names somebody', async () => {
    const approver = await gateway.token(['requester', 'approver', 'operator', 'auditor'])
    expect((await ask('eve', approver)).statusCode).toBe(403)
    const nobody = await ask('')
    expect([nobody.statusCode, problemIn(nobody).errors?.map(({ pointer }) => pointer)]).toEqual([400, ['/person']])
  })
})

describe('a passkey', () => {
  test('is enrolled for the invited person by a receipt, shown in the list, and revoked like any key', async () => {
    const [token, one] = [await invitation('ben@shop.example'), fresh()]
    const before = gateway.trustChanges()
    const row = await enrol(token, offered(one, token))
    expect(row).toMatchObject({ person: 'ben@shop.example', webauthn: one.passkey, revoked_at: null })
    expect(gateway.trustChanges()).toBe(before + 1)
    const receipt = (await gateway.ledger.log.read(tenantStream('default'))).at(-1)?.receipt
    expect([receipt?.kind, receipt?.actor]).toEqual([
      'approver_enrolled',
      { actor: 'approver:ben@shop.example', person: 'ben@shop.example' },
    ])
    const { approvers } = (await gateway.call(admin, { url: '/v1/approvers' })).json<{ approvers: ApproverView[] }>()
    expect(approvers.at(-1)).toEqual({ ...row, token: null })
    const revoked = await gateway.call(admin, { method: 'DELETE', url: `/v1/approvers/${row.key_id}?reason=lost` })
    expect(revoked.json<ApproverView>()).toMatchObject({ webauthn: one.passkey, revoked_at: expect.any(String) })
    await expect(enrol(token, offered(one, token))).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
  })

  test('may come again with its invitation, as after a lost answer', async () => {
    const [token, one] = [await invitation('cleo'), fresh()]
    const first = await enrol(token, offered(one, token))
    expect(await enrol(token, offered(one, token))).toEqual(first)
  })
})

describe('nobody comes in', () => {
  test('by an invitation that was used', async () => {
    const token = await invitation('dora')
    const [one, two] = [fresh(), fresh()]
    await enrol(token, offered(one, token))
    await expect(enrol(token, offered(two, token))).rejects.toMatchObject(unauthenticated)
    expect((await enrolled()).filter((person) => person === 'dora')).toHaveLength(1)
  })

  test('by one invitation that ten use at once, but one', async () => {
    const token = await invitation('rush')
    const settled = await Promise.allSettled(Array.from({ length: 10 }, () => enrol(token, offered(fresh(), token))))
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect((await enrolled()).filter((person) => person === 'rush')).toHaveLength(1)
  })

  test.each<[string, () => Promise<string>]>([
    ['expired', async () => mintToken(gateway.deps.tenantKey, 'invite', eve, -1, await gateway.ledger.log.now()).text],
    [
      'that no administrator made, minted with the tenant key',
      async () => mintToken(gateway.deps.tenantKey, 'invite', eve, 900, await gateway.ledger.log.now()).text,
    ],
    ['of another installation', async () => mintToken(new Uint8Array(32), 'invite', eve, 900, await gateway.ledger.log.now()).text],
    ['that is a session', async () => mintToken(gateway.deps.tenantKey, 'session', eve, 900, await gateway.ledger.log.now()).text],
    ['forged', async () => forged(await invitation('mallory'))],
    ['that is none', async () => ''],
  ])('by an invitation %s', async (_, make) => {
    const token = await make()
    await expect(enrol(token, offered(fresh(), token))).rejects.toMatchObject(unauthenticated)
    expect(await enrolled()).not.toContain('eve')
  })

  test('from another tenant: its invitation opens its own list alone', async () => {
    const stranger = await gateway.token(['admin'], { tenant: 'other' })
    const token = (await ask('eve', stranger)).json<InviteView>().url.split('#')[1] ?? ''
    await enrol(token, offered(fresh(), token))
    expect(await enrolled()).not.toContain('eve')
    expect((await gateway.ledger.approvers.list('other')).map(({ person }) => person)).toEqual(['eve'])
  })

  test.each<[string, Lies]>([
    ['at another site', { origin: 'https://evil.example' }],
    ['for another relying party', { rp_id: 'evil.example' }],
    ['by a user who was not verified', { flags: 0x01 }],
    ['for another invitation', { challenge: 'A'.repeat(43) }],
  ])('with an assertion made %s, and the invitation is still good', async (_, lies) => {
    const [token, one] = [await invitation('fay'), fresh()]
    await expect(enrol(token, offered(one, token, lies))).rejects.toMatchObject(invalid('/assertion'))
    await expect(enrol(token, offered(one, token))).resolves.toMatchObject({ person: 'fay' })
  })

  test.each<[string, (token: string) => Uint8Array]>([
    ['the bare invitation', Buffer.from],
    ['a login', (token) => proofMessage('login', token)],
    ['a decision', (token) => statementMessage(Buffer.from(token))],
  ])('with a passkey that signed %s instead', async (_, messageOf) => {
    const [token, one] = [await invitation('ida'), fresh()]
    const passkey = { ...offered(one, token), assertion: one.assert(messageOf(token)) }
    await expect(enrol(token, passkey)).rejects.toMatchObject(invalid('/assertion'))
  })

  test("with somebody else's key or credential", async () => {
    const [gil, one] = [await invitation('gil'), fresh()]
    await enrol(gil, offered(one, gil))
    const token = await invitation('eve')
    // The key of another: its owner did not sign this invitation.
    const stolen = { ...offered(one, gil), assertion: fresh().assert(proofMessage('invite', token)) }
    await expect(enrol(token, stolen)).rejects.toMatchObject(invalid('/assertion'))
    // The credential id of another, under a key of one's own.
    const borrowed = { ...offered(fresh(), token), credential_id: one.passkey.credential_id }
    await expect(enrol(token, borrowed)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
    expect(await enrolled()).not.toContain('eve')
  })

  test('with a key that is not P-256, or a credential id that is none', async () => {
    const [token, one] = [await invitation('hal'), fresh()]
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'der', type: 'spki' })
    await expect(enrol(token, { ...offered(one, token), spki: p384.toString('base64') })).rejects.toMatchObject(invalid('/spki'))
    for (const credential_id of ['', 'a b', 'A'.repeat(1401)])
      await expect(enrol(token, { ...offered(one, token), credential_id })).rejects.toMatchObject(invalid('/credential_id'))
  })
})

const eve = { tenant: 'default', person: 'eve' }

/** The same invitation, for eve. */
function forged(token: string): string {
  const [said = '', mac = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(said, 'base64url').toString())
  return `${Buffer.from(JSON.stringify({ ...claims, person: 'eve' })).toString('base64url')}.${mac}`
}
