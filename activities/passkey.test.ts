// A decision signed by a passkey, from the gate to enforcement, and those who would borrow one. The ledger is real.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import type { Verdict } from '../core/generated/types.ts'
import { changeStream } from '../core/receipts.ts'
import { decisionStatementBytes } from '../evidence/decision.ts'
import { envelopeOf } from '../evidence/dsse.ts'
import type { Lies } from '../tests/support/authenticator.ts'
import { someActor } from '../tests/support/ledger-bodies.ts'
import { approval, type Gates, openGates } from './testing/gates.ts'

let gates: Gates
beforeAll(async () => {
  gates = await openGates()
})
afterAll(() => gates.store.stop())

describe('an approval by a passkey', () => {
  test('is counted under its key, completes the certificate, and enforcement finds it right', async () => {
    const [verdict, ben] = [await gates.waiting(), await gates.enrolled()]
    expect(await gates.decide(verdict.change_id, ben.sign(approval(verdict)))).toMatchObject({
      status: 'counted',
      person: 'ben',
      certified: true,
    })
    const receipts = await gates.store.ledger.log.read(changeStream(verdict.change_id))
    expect(receipts.at(-1)?.receipt).toMatchObject({
      kind: 'approval_certificate',
      body: { decisions: [{ person: 'ben', key_id: ben.key_id }] },
    })
    await gates.enforced(verdict.change_id)
    expect(gates.applied).toContain(verdict.change_id)
  })

  test('is timed stage by stage, once: sent again it is not timed again', async () => {
    const [verdict, ben] = [await gates.waiting(), await gates.enrolled()]
    const envelope = ben.sign(approval(verdict))
    gates.timed.length = 0
    await gates.decide(verdict.change_id, envelope)
    await gates.decide(verdict.change_id, envelope)
    await gates.enforced(verdict.change_id)
    expect(gates.timed).toEqual([
      ['check', 'counted', expect.any(Number)],
      ['record', 'counted', expect.any(Number)],
      ['wait', 'counted', expect.any(Number)],
      ['release', 'begun', expect.any(Number)],
    ])
    const at = Object.fromEntries(
      (await gates.store.ledger.log.read(changeStream(verdict.change_id))).map(({ receipt }) => [receipt.kind, receipt]),
    )
    const between = (from: string, to = '') => (Date.parse(to) - Date.parse(from)) / 1000
    expect(gates.timed[2]?.[2]).toBe(between(at.verdict?.at as string, at.decision?.at))
    expect(gates.timed[3]?.[2]).toBe(between(at.approval_certificate?.body.approved_at as string, at.attempt?.at))
  })

  test('whose passkey was revoked before enforcement applies nothing', async () => {
    const [verdict, ben] = [await gates.waiting(), await gates.enrolled()]
    expect(await gates.decide(verdict.change_id, ben.sign(approval(verdict)))).toMatchObject({ certified: true })
    await gates.store.ledger.approvers.revoke('acme', ben.key_id, 'lost', someActor)
    expect(await gates.enforced(verdict.change_id)).toMatchObject({ outcome: 'failed', code: 'CLYRA_APPROVAL_UNKNOWN_KEY' })
    expect(gates.applied).not.toContain(verdict.change_id)
  })
})

describe('an approval is refused and kept as a receipt', () => {
  const refused = async (verdict: Verdict, envelope: string, code: string) => {
    expect(await gates.decide(verdict.change_id, envelope)).toMatchObject({ status: 'refused', code, certified: false })
    const { receipt } = (await gates.store.ledger.log.read(changeStream(verdict.change_id))).at(-1) ?? {}
    expect([receipt?.kind, receipt?.body.status, receipt?.body.code]).toEqual(['decision', 'refused', code])
    expect(gates.timed.at(-1)).toEqual(['wait', 'refused', expect.any(Number)])
    expect(await gates.enforced(verdict.change_id)).toMatchObject({ outcome: 'not_decided' })
    expect(gates.applied).not.toContain(verdict.change_id)
  }

  test.each<[string, Lies]>([
    ['the passkey signed at another origin', { origin: 'https://door.example.evil.example' }],
    ['the passkey signed for another relying party', { rp_id: 'evil.example' }],
    ['nobody verified the user', { flags: 0x01 }],
  ])('where %s', async (_, lies) => {
    const [verdict, ben] = [await gates.waiting(), await gates.enrolled()]
    await refused(verdict, ben.sign(approval(verdict), lies), 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where an assertion is replayed for another change', async () => {
    const [first, second, ben] = [await gates.waiting(), await gates.waiting(), await gates.enrolled()]
    const envelope = ben.sign(approval(first))
    await refused(second, envelope, 'CLYRA_APPROVAL_WRONG_BINDING')
    const { signatures } = JSON.parse(envelope)
    const moved = canonical({ ...envelopeOf(decisionStatementBytes(approval(second)), { sig: '' }), signatures })
    await refused(await gates.waiting(), moved, 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where the passkey was revoked', async () => {
    const [verdict, ben] = [await gates.waiting(), await gates.enrolled('zoe')]
    await gates.store.ledger.approvers.revoke('acme', ben.key_id, 'lost', someActor)
    await refused(verdict, ben.sign(approval(verdict, 'zoe')), 'CLYRA_APPROVAL_UNKNOWN_KEY')
  })

  test('where the passkey is another person’s', async () => {
    const [verdict, eve] = [await gates.waiting(), await gates.enrolled('eve')]
    await gates.enrolled()
    await refused(verdict, eve.sign(approval(verdict)), 'CLYRA_APPROVAL_BAD_SIGNATURE')
  })

  test('where the passkey is the requester’s own', async () => {
    const [verdict, ann] = [await gates.waiting(), await gates.enrolled('ann')]
    await refused(verdict, ann.sign(approval(verdict, 'ann')), 'CLYRA_APPROVAL_SELF')
  })
})
