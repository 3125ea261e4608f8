// What every ticketer promises (core/ports.ts). A plugin's own test runs this suite against itself.
import { describe, expect, test } from '@jest/globals'
import type { Ticketer, TicketRequest } from '../../core/ports.ts'

/** A request of one bundle; different names are different bundles. */
export const ticketOf = (name: string): TicketRequest => {
  const hex = Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64)
  const letters = hex.replace(/[0189]/g, 'z').slice(0, 26)
  return {
    change_id: `chg_${letters}`,
    attempt: 1,
    tenant: 'acme',
    outcome: 'enforced',
    bundle_id: `sha256:${hex}`,
    attestation_digest: `sha256:${hex}`,
    evidence_file: `${name}.zip`,
    verify_command: `clyra verify ${name}.zip --trust trust`,
    target: 'shop',
    reason: '=HYPERLINK("http://example.test") | close the books',
    policy: { policy_id: 'sox-controls', policy_digest: `sha256:${hex}`, outcome: 'allow', rules: ['narrow-update'] },
    controls: [{ control: 'CHG-1', status: 'satisfied', references: ['COBIT 2019 BAI06.01'] }],
    approvers: [],
    requester: 'ada',
    sealed_at: '2026-01-01T00:00:00.000Z',
  }
}

/** `make` gives a ticketer on a fresh tracker, and a way to count the tickets in it. */
export function ticketerContract(make: () => Promise<{ ticketer: Ticketer; count: () => Promise<number> }>): void {
  describe('ticketer contract', () => {
    test('opens one ticket and names it', async () => {
      const { ticketer, count } = await make()
      const { reference } = await ticketer.open(ticketOf('one'))
      expect(ticketer.tracker).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_.:@/+-]*$/)
      expect(reference.length).toBeGreaterThan(0)
      expect(reference.length).toBeLessThanOrEqual(500)
      expect(await count()).toBe(1)
    })

    test('the same bundle gives the same reference and no second ticket, one after another and at once', async () => {
      const { ticketer, count } = await make()
      const first = await ticketer.open(ticketOf('one'))
      expect(await ticketer.open(ticketOf('one'))).toEqual(first)
      const both = await Promise.all([ticketer.open(ticketOf('two')), ticketer.open(ticketOf('two'))])
      expect(both[0]).toEqual(both[1])
      expect(await count()).toBe(2)
    })

    test('another bundle and another attempt are other tickets', async () => {
      const { ticketer, count } = await make()
      const references = await Promise.all([
        ticketer.open(ticketOf('one')),
        ticketer.open(ticketOf('two')),
        ticketer.open({ ...ticketOf('one'), attempt: 2, bundle_id: ticketOf('three').bundle_id }),
      ])
      expect(new Set(references.map(({ reference }) => reference)).size).toBe(3)
      expect(await count()).toBe(3)
    })
  })
}
