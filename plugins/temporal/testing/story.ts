// The receipts of a caller's change up to where he has the work, for the workflow of the test environment.
import { digest } from '../../../runtime/digest.ts'
import { siteKeyOf } from '../site-key.ts'
import type { Entry } from './log.ts'

export const changeId = `chg_${'a'.repeat(26)}`
export const site = { namespace: 'default', workflowId: 'nightly', firstRunId: '01a1ffdb-7762-716a-9b50-9e8a9845c530' }
export const time = (ms: number): string => new Date(Date.parse('2026-11-21T20:00:00.000Z') + ms).toISOString()
/** When the gate looks: the work was handed over a minute ago. */
export const now = Date.parse(time(60_000))

export const changeEntry = (body: Record<string, unknown> = {}): Entry => ({
  kind: 'change',
  at: time(0),
  body: {
    change_id: changeId,
    attempt: 1,
    source: 'temporal',
    site_key_digest: digest(siteKeyOf(site, 'raise', { order: 7 })),
    revision: 1,
    target: 'shop',
    mode: 'gate',
    executor: 'caller',
    role: 'dml',
    statements: 1,
    ...body,
  },
})
export const entry = (kind: string, at: number, body: Record<string, unknown> = {}): Entry => ({
  kind,
  at: time(at),
  body: { change_id: changeId, attempt: 1, ...body },
})
export const attemptEntry = (expires = 600_000, attempt = 1): Entry =>
  entry('attempt', 0, { attempt, executor: 'caller', window: { expires_at: time(expires) } })

/** Asked for, allowed, handed over. */
export const atWork = (): Entry[] => [changeEntry(), entry('verdict', 0, { outcome: 'allow' }), attemptEntry()]
