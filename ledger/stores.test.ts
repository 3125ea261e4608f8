import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { digest } from '../runtime/digest.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { openLedger } from './index.ts'
import type { Ledger } from './types.ts'

let store: TestLedger
let ledger: Ledger
let admin: pg.Client

beforeAll(async () => {
  store = await startTestLedger()
  ledger = store.ledger
  admin = new pg.Client({ connectionString: store.adminUrl })
  await admin.connect()
})

afterAll(async () => {
  await admin.end()
  await store.stop()
})

describe('payloads', () => {
  const canary = 'DELETE FROM canary_7c1f'
  const bytes = Buffer.from(`{"statements":["${canary}"]}`)
  const stored = async (name: string): Promise<string> => {
    const text = `{"name":"${name}"}`
    await ledger.payloads.put('acme', digest(text), Buffer.from(text))
    return digest(text)
  }

  test('come back as they went in; the first under a digest stays', async () => {
    await ledger.payloads.put('acme', digest(bytes), bytes)
    await ledger.payloads.put('acme', digest(bytes), Buffer.from('another'))
    expect(Buffer.from(await ledger.payloads.get('acme', digest(bytes)))).toEqual(bytes)
    await expect(ledger.payloads.get('other', digest(bytes))).rejects.toMatchObject({ code: 'CLYRA_LEDGER_PAYLOAD_GONE' })
  })

  test('lie in the store as noise, twice the same as different noise', async () => {
    await ledger.payloads.put('noise', 'a', bytes)
    await ledger.payloads.put('noise', 'b', bytes)
    const { rows } = await admin.query<{ sealed: Buffer }>(`select sealed from clyra.payloads where tenant = 'noise'`)
    expect(rows).toHaveLength(2)
    for (const { sealed } of rows) expect(sealed.includes(canary)).toBe(false)
    expect(rows[0]?.sealed.subarray(0, 60)).not.toEqual(rows[1]?.sealed.subarray(0, 60))
  })

  test('swapped between two rows they still open, and only the digest tells', async () => {
    const [one, two] = [await stored('one'), await stored('two')]
    await admin.query(
      `update clyra.payloads p set sealed = o.sealed from clyra.payloads o where p.digest in ($1, $2) and o.digest in ($1, $2) and p.digest <> o.digest`,
      [one, two],
    )
    const got = await ledger.payloads.get('acme', one)
    expect(Buffer.from(got).toString()).toBe('{"name":"two"}')
    expect(digest(got)).toBe(two)
  })

  test('destroyed they are gone for good, until they are stored anew', async () => {
    const gone = await stored('gone')
    await ledger.payloads.destroy('acme', gone, 'chg_gone')
    await ledger.payloads.destroy('acme', gone, 'chg_gone')
    await expect(ledger.payloads.get('acme', gone)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_PAYLOAD_GONE' })
    const { rows } = await admin.query('select sealed from clyra.payloads where digest = $1', [gone])
    expect(rows).toEqual([{ sealed: null }])
    await stored('gone')
    expect(digest(await ledger.payloads.get('acme', gone))).toBe(gone)
  })

  test('do not open under another tenant key, or with a bit flipped', async () => {
    const name = await stored('flipped')
    const other = await openLedger({ ...store.options, tenantKey: randomBytes(32) })
    await expect(other.payloads.get('acme', name)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CORRUPT' })
    await other.close()
    await admin.query('update clyra.payloads set sealed = set_bit(sealed, 600, 1 - get_bit(sealed, 600)) where digest = $1', [name])
    await expect(ledger.payloads.get('acme', name)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CORRUPT' })
  })
})

describe('blobs', () => {
  test('are found under their own digest, by tenant', async () => {
    const name = await ledger.blobs.put('acme', '{"a":"é"}')
    expect(name).toBe(digest('{"a":"é"}'))
    expect(await ledger.blobs.put('acme', '{"a":"é"}')).toBe(name)
    expect(await ledger.blobs.get('acme', name)).toBe('{"a":"é"}')
    expect(await ledger.blobs.get('other', name)).toBeNull()
    await ledger.blobs.putAll('acme', ['{"a":"é"}', '{}'])
    const [known, unknown] = [digest('{}'), digest('[]')]
    expect(await ledger.blobs.getAll('acme', [name, known, unknown])).toEqual(
      new Map([
        [name, '{"a":"é"}'],
        [known, '{}'],
      ]),
    )
  })
})

describe('tokens', () => {
  test('name their principal until the actor is revoked; the store never sees them', async () => {
    const principal = { tenant: 'acme', actor: 'cli:ann', person: null, roles: ['requester' as const, 'auditor' as const] }
    const token = await ledger.tokens.issue(principal)
    expect(token).toMatch(/^clyra_[A-Za-z0-9_-]{43}$/)
    expect(await ledger.tokens.principal(token)).toEqual(principal)
    expect(await ledger.tokens.principal(`${token.slice(0, -1)}${token.endsWith('A') ? 'E' : 'A'}`)).toBeNull()
    expect(await ledger.tokens.principal('clyra_')).toBeNull()
    const { rows } = await admin.query<{ all: string }>(`select string_agg(t::text, '') as all from clyra.tokens t`)
    expect(rows[0]?.all).not.toContain(token.slice('clyra_'.length))
    await ledger.tokens.revokeActor('other', 'cli:ann')
    expect(await ledger.tokens.principal(token)).toEqual(principal)
    await ledger.tokens.revokeActor('acme', 'cli:ann')
    expect(await ledger.tokens.principal(token)).toBeNull()
  })
})

describe('approvers', () => {
  const key = (namedCurve = 'prime256v1') => generateKeyPairSync('ec', { namedCurve }).publicKey.export({ type: 'spki', format: 'der' })

  test('are what the receipts say: enrolled, revoked, in order', async () => {
    const [one, two] = [key(), key()]
    const bob = await ledger.approvers.enroll('acme', 'bob', one, someActor)
    await ledger.approvers.enroll('acme', 'carol', two, someActor)
    expect(await ledger.approvers.enroll('acme', 'bob', one, someActor)).toEqual(bob)
    expect(bob).toMatchObject({ person: 'bob', alg: 'ES256', spki: one.toString('base64'), revoked_at: null })
    const revoked = await ledger.approvers.revoke('acme', bob.key_id, 'left', someActor)
    expect(revoked.revoked_at).not.toBeNull()
    expect(await ledger.approvers.revoke('acme', bob.key_id, 'again', someActor)).toEqual(revoked)
    const receipts = (await ledger.log.read('ledger/acme')).map(({ receipt }) => [receipt.kind, receipt.body.person, receipt.at])
    expect(receipts).toEqual([
      ['approver_enrolled', 'bob', bob.enrolled_at],
      ['approver_enrolled', 'carol', expect.any(String)],
      ['approver_revoked', 'bob', revoked.revoked_at],
    ])
    expect((await ledger.approvers.list('acme')).map(({ person, revoked_at }) => [person, revoked_at])).toEqual([
      ['bob', revoked.revoked_at],
      ['carol', null],
    ])
    expect(await ledger.approvers.list('other')).toEqual([])
  })

  test("no revoked key, no second person's key, no key of another kind, no unknown key", async () => {
    const [one, two] = [key(), key()]
    const { key_id } = await ledger.approvers.enroll('strict', 'bob', one, someActor)
    await ledger.approvers.enroll('strict', 'carol', two, someActor)
    await expect(ledger.approvers.enroll('strict', 'bob', two, someActor)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
    await ledger.approvers.revoke('strict', key_id, 'lost', someActor)
    await expect(ledger.approvers.enroll('strict', 'bob', one, someActor)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
    await expect(ledger.approvers.enroll('strict', 'bob', key('secp384r1'), someActor)).rejects.toMatchObject({
      code: 'CLYRA_LEDGER_BAD_KEY',
    })
    await expect(ledger.approvers.revoke('strict', 'f'.repeat(64), 'x', someActor)).rejects.toMatchObject({
      code: 'CLYRA_LEDGER_NOT_FOUND',
    })
    expect(await ledger.log.read('ledger/strict')).toHaveLength(3)
  })

  const passkey = (credential_id: string) => ({ rp_id: 'door.example', origin: 'https://door.example', credential_id })

  test('with a passkey are what the receipts say, and come again as they are', async () => {
    const one = key()
    const bob = await ledger.approvers.enroll('passkeys', 'bob', one, someActor, passkey('AAA'))
    expect(bob.webauthn).toEqual(passkey('AAA'))
    expect(await ledger.approvers.enroll('passkeys', 'bob', one, someActor, passkey('AAA'))).toEqual(bob)
    expect((await ledger.log.read('ledger/passkeys')).map(({ receipt }) => receipt.body.webauthn)).toEqual([passkey('AAA')])
    const { revoked_at } = await ledger.approvers.revoke('passkeys', bob.key_id, 'lost', someActor)
    expect(await ledger.approvers.list('passkeys')).toEqual([{ ...bob, revoked_at }])
  })

  test('no credential of another person, no key as a passkey, no passkey as a key', async () => {
    const [one, two] = [key(), key()]
    await ledger.approvers.enroll('credentials', 'bob', one, someActor, passkey('AAA'))
    await ledger.approvers.enroll('credentials', 'carol', two, someActor)
    const conflicts = [
      ledger.approvers.enroll('credentials', 'eve', key(), someActor, passkey('AAA')),
      ledger.approvers.enroll('credentials', 'eve', one, someActor, passkey('AAA')),
      ledger.approvers.enroll('credentials', 'bob', one, someActor),
      ledger.approvers.enroll('credentials', 'bob', one, someActor, passkey('BBB')),
      ledger.approvers.enroll('credentials', 'carol', two, someActor, passkey('CCC')),
    ]
    for (const conflict of conflicts) await expect(conflict).rejects.toMatchObject({ code: 'CLYRA_LEDGER_CONFLICT' })
    expect(await ledger.log.read('ledger/credentials')).toHaveLength(2)
  })

  test('of many who enroll one credential at once, one comes in', async () => {
    const tries = ['ann', 'bob', 'cleo', 'dan'].map((person) => ledger.approvers.enroll('rush', person, key(), someActor, passkey('AAA')))
    const settled = await Promise.allSettled(tries)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await ledger.approvers.list('rush')).toHaveLength(1)
  })
})

describe('single use', () => {
  test('of fifty at once one wins; the winner may come again', async () => {
    const owners = Array.from({ length: 50 }, (_, index) => `owner${index}`)
    const won = await Promise.all(owners.map((owner) => ledger.singleUse.consume('acme', 'nonce', 'n1', owner)))
    expect(won.filter(Boolean)).toHaveLength(1)
    const winner = owners[won.indexOf(true)] ?? ''
    expect(await ledger.singleUse.consume('acme', 'nonce', 'n1', winner)).toBe(true)
    expect(await ledger.singleUse.consume('acme', 'nonce', 'n1', 'late')).toBe(false)
    expect(await ledger.singleUse.consume('acme', 'nonce', 'n2', 'late')).toBe(true)
    expect(await ledger.singleUse.consume('other', 'nonce', 'n1', 'late')).toBe(true)
  })
})

describe('effects', () => {
  test('each try of an attempt adds its own, the last one counts', async () => {
    await ledger.effects.put('chg_a', 1, 'sha256:a')
    await ledger.effects.put('chg_a', 1, 'sha256:b')
    await ledger.effects.put('chg_b', 1, 'sha256:c')
    expect(await ledger.effects.get('chg_a', 1)).toBe('sha256:b')
    expect(await ledger.effects.get('chg_a', 2)).toBeNull()
  })
})

describe('modes', () => {
  test('the last receipt of the target counts', async () => {
    expect(await ledger.modes.mode('modes', 'shop')).toBeNull()
    await ledger.modes.set('modes', 'shop', 'gate', 'sox', 'go', someActor)
    await ledger.modes.set('modes', 'shop', 'review', null, 'back', someActor)
    await ledger.modes.set('modes', 'other', 'gate', null, 'go', someActor)
    expect(await ledger.modes.mode('modes', 'shop')).toBe('review')
    expect((await ledger.log.read('ledger/modes')).map(({ receipt }) => receipt.body.mode)).toEqual(['gate', 'review', 'gate'])
  })
})

describe('freezes', () => {
  test('stand until their own unfreeze: of every target, and of each', async () => {
    const set = (target: string | null, frozen: boolean, reason = 'why') =>
      ledger.freezes.set('frozen', { target, frozen, reason }, someActor)
    const standing = async () => (await ledger.freezes.list('frozen')).map(({ target, reason }) => [target, reason])
    expect(await standing()).toEqual([])
    await set('shop', true, 'first')
    await set('shop', true, 'second')
    await set(null, true)
    await set('other', true)
    expect(await standing()).toEqual([
      [null, 'why'],
      ['other', 'why'],
      ['shop', 'second'],
    ])
    await set(null, false)
    await set('other', false)
    expect(await standing()).toEqual([['shop', 'second']])
    expect(await ledger.freezes.list('acme')).toEqual([])
    const receipts = await ledger.log.read('ledger/frozen')
    expect(receipts.map(({ receipt }) => receipt.kind)).toEqual(Array(6).fill('freeze'))
    expect((await ledger.freezes.list('frozen'))[0]).toMatchObject({ frozen_by: someActor, frozen_at: receipts[1]?.receipt.at })
  })

  test('need a reason', async () => {
    const set = ledger.freezes.set('frozen', { target: null, frozen: true, reason: '' }, someActor)
    await expect(set).rejects.toMatchObject({ code: 'CLYRA_LEDGER_INVALID_BODY' })
  })
})

describe('places', () => {
  const take = (owner: string, purpose = 'decision') => ledger.singleUse.takePlace('acme', purpose, owner, 5)

  test('are taken by so many at once and no more; who has one keeps it, and every purpose and tenant has its own', async () => {
    const owners = Array.from({ length: 40 }, (_, index) => `owner-${index % 20}`)
    const first = await Promise.all(owners.map((owner) => take(owner)))
    const winners = new Set(owners.filter((_, index) => first[index]))
    expect(winners.size).toBe(5)
    expect(await Promise.all(owners.map((owner) => take(owner)))).toEqual(owners.map((owner) => winners.has(owner)))
    expect(await take('somebody else', 'another purpose')).toBe(true)
    expect(await ledger.singleUse.takePlace('other', 'decision', 'somebody else', 5)).toBe(true)
  })
})

describe('a store that is away', () => {
  test('is CLYRA_LEDGER_UNAVAILABLE, and the error holds no secret', async () => {
    const url = new URL(store.options.url)
    url.port = '1'
    const error = await openLedger({ ...store.options, url: url.href }).catch((thrown: unknown) => thrown as Error)
    expect(error).toMatchObject({ code: 'CLYRA_LEDGER_UNAVAILABLE' })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(url.password)
  })

  test('a wrong signer, log name or tenant key is refused at once', async () => {
    const es256 = { ...store.options.signer, alg: 'ES256' as const }
    for (const wrong of [{ signer: es256 }, { logName: 'a b' }, { logName: 'a+b' }, { tenantKey: randomBytes(16) }]) {
      await expect(openLedger({ ...store.options, ...wrong })).rejects.toMatchObject({ code: 'CLYRA_CONFIG_INVALID' })
    }
  })
})
