// What a certificate is good for, between the decision that completes it and enforcement. The ledger is real.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import type { ApprovalCertificate } from '../core/generated/types.ts'
import { changeStream } from '../core/receipts.ts'
import { signCertificate } from '../evidence/certificate.ts'
import { doorKey } from '../evidence/testing/registry.ts'
import type { Stored } from '../ledger/types.ts'
import { until } from '../tests/support/kill.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { approval, type Gates, openGates } from './testing/gates.ts'

let gates: Gates
beforeAll(async () => {
  gates = await openGates()
})
afterAll(() => gates.store.stop())

describe('a certificate', () => {
  const certified = async (...asked: Parameters<Gates['waiting']>) => {
    const [verdict, ben] = [await gates.waiting(...asked), await gates.enrolled()]
    await gates.decide(verdict.change_id, ben.sign(approval(verdict)))
    const stream = changeStream(verdict.change_id)
    const last = (await gates.store.ledger.log.read(stream)).at(-1)
    return { change_id: verdict.change_id, verdict, stream, last, certificate: last?.receipt.body as unknown as ApprovalCertificate }
  }
  const take = (cert_id: string, owner: string) => gates.store.ledger.singleUse.consume('acme', 'certificate', cert_id, owner)
  /** While somebody who can write to the store has put another certificate in this stream. */
  const reading = async (stream: string, body: ApprovalCertificate, work: () => Promise<void>) => {
    const { log } = gates.store.ledger
    const { readNow } = log
    log.readNow = async (asked) => {
      const read = await readNow(asked)
      const swapped = (one: Stored): Stored =>
        asked === stream && one.receipt.kind === 'approval_certificate' ? { ...one, receipt: { ...one.receipt, body: { ...body } } } : one
      return { ...read, receipts: read.receipts.map(swapped) }
    }
    await work().finally(() => {
      log.readNow = readNow
    })
  }
  const wrong = { outcome: 'failed', code: 'CLYRA_APPROVAL_CERTIFICATE' }

  test('that its own change took before a crash goes on; nobody else can take it then', async () => {
    const { change_id, last, certificate } = await certified()
    expect(await take(certificate.cert_id, `${change_id} ${last?.leaf}`)).toBe(true)
    await gates.enforced(change_id)
    expect(gates.applied).toContain(change_id)
    expect(await take(certificate.cert_id, 'chg_other leaf')).toBe(false)
  })

  test('that somebody else took applies nothing', async () => {
    const { change_id, certificate } = await certified()
    await take(certificate.cert_id, 'chg_other leaf')
    expect(await gates.enforced(change_id)).toMatchObject(wrong)
    expect(gates.applied).not.toContain(change_id)
  })

  test('of a number that another change used applies nothing, though it is signed and its approvals are right', async () => {
    const first = await certified()
    await gates.enforced(first.change_id)
    const second = await certified()
    const { envelope_digest: _, ...said } = { ...second.certificate, cert_id: first.certificate.cert_id }
    const { body, envelope } = await signCertificate(said, doorKey)
    await gates.store.ledger.blobs.put('acme', envelope)
    await reading(second.stream, body, async () => expect(await gates.enforced(second.change_id)).toMatchObject(wrong))
    expect(gates.applied).not.toContain(second.change_id)
  })

  // Whoever holds the certificate key alone, and can write to the store.
  const unfit = 'CLYRA_ENFORCE_NOT_AUTHORISED'
  test.each<[string, Partial<ApprovalCertificate>, string]>([
    ['lasts longer than policy lets it (TTL > policy)', { expires_at: '2099-01-01T00:00:00.000Z' }, unfit],
    ['is not valid yet', { approved_at: '2098-12-31T23:50:00.000Z', expires_at: '2099-01-01T00:00:00.000Z' }, unfit],
    ['is meant for another tenant’s workflow (aud)', { aud: 'clyra/other/chg_aaaaaaaaaaaaaaaaaaaaaaaaaa' }, wrong.code],
    ['is meant for another target', { target: 'other' }, wrong.code],
    ['names no requester', { requesters: [] }, wrong.code],
  ])('that %s applies nothing, though it is signed and its approvals are right', async (_name, lie, code) => {
    const { change_id, stream, certificate } = await certified()
    const { envelope_digest: _, ...said } = { ...certificate, ...lie }
    const { body, envelope } = await signCertificate(said, doorKey)
    await gates.store.ledger.blobs.put('acme', envelope)
    await reading(stream, body, async () => expect(await gates.enforced(change_id)).toMatchObject({ outcome: 'failed', code }))
    expect(gates.applied).not.toContain(change_id)
  })

  test('put in place of another change’s applies nothing; the log does not even take it', async () => {
    const [first, second] = [await certified(), await certified()]
    const refused = { outcome: 'failed', code: 'CLYRA_ENFORCE_NOT_AUTHORISED' }
    await reading(second.stream, first.certificate, async () => expect(await gates.enforced(second.change_id)).toMatchObject(refused))
    expect(gates.applied).not.toContain(second.change_id)
    const entry = { key: 'lent', kind: 'approval_certificate', actor: someActor, body: { ...first.certificate } }
    await expect(gates.store.ledger.log.append((await certified()).stream, [entry])).rejects.toMatchObject({
      code: 'CLYRA_LEDGER_INVALID_BODY',
    })
  })

  test('whose payload was swapped since applies nothing', async () => {
    const { change_id, verdict } = await certified()
    const bytes = await gates.store.ledger.payloads.get('acme', verdict.payload_digest)
    const other = { ...JSON.parse(new TextDecoder().decode(bytes)), statements: ['delete from shop.orders'] }
    const { get } = gates.store.ledger.payloads
    gates.store.ledger.payloads.get = async () => Buffer.from(canonical(other))
    try {
      expect(await gates.enforced(change_id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_PAYLOAD_MISMATCH' })
    } finally {
      gates.store.ledger.payloads.get = get
    }
    expect(gates.applied).not.toContain(change_id)
  })

  test('is judged by the store’s clock: a worker whose clock is set back two minutes applies nothing that expired', async () => {
    const { change_id, certificate } = await certified({ certificate_ttl_seconds: 1 })
    await until(async () => (await gates.store.ledger.log.now()) >= certificate.expires_at)
    await atClock(-120_000, async () => {
      expect(await gates.enforced(change_id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_APPROVAL_EXPIRED' })
    })
    expect(gates.applied).not.toContain(change_id)
  })

  test('over what another version of the template would have shown applies nothing (template version swap)', async () => {
    const swapped = (text: string) => text.replace('clyra-display/0', 'clyra-display/1')
    const { change_id } = await certified({}, swapped)
    expect(await gates.enforced(change_id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_APPROVAL_DISPLAY_MISMATCH' })
    expect(gates.applied).not.toContain(change_id)
  })
})

/** While the clock of this process, and no timer, differs from the right one. */
async function atClock(shift: number, work: () => Promise<void>): Promise<void> {
  const others = ['nextTick', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout'] as const
  const more = ['setInterval', 'clearInterval', 'performance', 'hrtime'] as const
  jest.useFakeTimers({ now: Date.now() + shift, doNotFake: [...others, ...more] })
  await work().finally(() => jest.useRealTimers())
}
