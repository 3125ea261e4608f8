// What every notifier promises (core/ports.ts). A plugin's own test runs this suite against itself.
import { describe, expect, test } from '@jest/globals'
import { codeOf, errorKind } from '../../core/errors.ts'
import type { Notice, Notifier } from '../../core/ports.ts'

/** A notice of a change that waits. */
export const noticeFor = (more: Partial<Notice> = {}): Notice => ({
  change_id: `chg_${'a'.repeat(26)}`,
  attempt: 1,
  target: 'shop',
  state: 'AWAITING_APPROVAL',
  code: null,
  what: 'delete shop.orders (about 412 rows)',
  estimated_rows: 412,
  reasons: [{ rule: 'large-delete', why: 'more than 100 rows are deleted' }],
  requesters: ['ana@shop.example'],
  claimed_for: [],
  deadline: '2099-01-01T00:00:00.000Z',
  quorum: 1,
  eligible_approvers: [],
  approved_by: [],
  rejected_by: null,
  url: `http://localhost:7410/approve/chg_${'a'.repeat(26)}`,
  ...more,
})

/** `make` gives a notifier on a fresh place, a way to read its messages as text, and one to cut it off. */
export function notifierContract(make: () => Promise<{ notifier: Notifier; texts: () => Promise<string[]>; cut: () => void }>): void {
  describe('notifier contract', () => {
    test('announces what an approver must know, and where', async () => {
      const { notifier, texts } = await make()
      await notifier.check()
      const notice = noticeFor({ eligible_approvers: ['ben@shop.example'] })
      const { reference } = await notifier.announce(notice)
      expect(reference).toMatch(/^.{1,500}$/)
      const [said, ...more] = await texts()
      expect(more).toEqual([])
      const { change_id, target, what, requesters, url, eligible_approvers } = notice
      for (const known of [
        change_id,
        target,
        what,
        ...requesters,
        url,
        ...eligible_approvers,
        'large-delete',
        'more than 100 rows',
        '2099-01-01',
      ])
        expect(said).toContain(known)
    })

    test('an update changes its own message, as often as wanted, and no other', async () => {
      const { notifier, texts } = await make()
      const first = await notifier.announce(noticeFor())
      await notifier.announce(noticeFor({ target: 'stock' }))
      const [, other] = await texts()
      for (const by of ['ben@shop.example', 'eva@shop.example'])
        await notifier.update(first.reference, noticeFor({ state: 'REJECTED', rejected_by: by }))
      const after = await texts()
      expect(after).toHaveLength(2)
      expect(after[0]).toContain('eva@shop.example')
      expect(after[0]).not.toContain('/approve/')
      expect(after[1]).toBe(other)
    })

    test('a message that is not there cannot be changed, and trying again would not help', async () => {
      const { notifier } = await make()
      const { reference } = await notifier.announce(noticeFor())
      const failed = await notifier.update(`${reference}9`, noticeFor()).catch((error: unknown) => codeOf(error))
      expect(failed).toBe('CLYRA_SLACK_REFUSED')
    })

    test('cut off it rejects with a code to try again, on every call', async () => {
      const { notifier, cut } = await make()
      const { reference } = await notifier.announce(noticeFor())
      cut()
      for (const call of [() => notifier.check(), () => notifier.announce(noticeFor()), () => notifier.update(reference, noticeFor())]) {
        const code = await call().then(
          () => 'no failure',
          (error: unknown) => codeOf(error),
        )
        expect(errorKind(code).retryable).toBe(true)
      }
    })
  })
}
