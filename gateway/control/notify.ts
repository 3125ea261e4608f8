// Approvers are told of changes that wait, outside: one message an attempt, brought up to date until the attempt has an outcome.
import { setTimeout as pause } from 'node:timers/promises'
import { ClyraError, codeOf, type ErrorCode } from '../../core/errors.ts'
import { isEnd } from '../../core/lifecycle.ts'
import { noticeOf } from '../../core/notice.ts'
import type { Notifier } from '../../core/ports.ts'
import { changeStream } from '../../core/receipts.ts'
import type { NoticeClaim } from '../../ledger/notices.ts'
import type { GatewayDeps } from './deps.ts'

const everyMs = 3_000
const longestMs = 60_000

type Parts = Pick<GatewayDeps, 'tenant' | 'ledger' | 'log'> & {
  notifier: Notifier
  /** The approver's page of a change. */
  pageOf(changeId: string): string
}

/**
 * Sends and changes messages of the tenant until none is missing or old; one query when there is nothing to do. Safe beside a second
 * one. Each message is claimed before it is sent: where a process dies, or the answer is lost, after it was sent and before that was
 * stored, it is sent a second time, since a message too many decides nothing and a missing one may let a change expire unseen.
 * Rejects with the first failure that is not about a single message.
 */
export async function notify(parts: Parts): Promise<void> {
  const { tenant, ledger, log } = parts
  for (let claim = await ledger.notices.claim(tenant); claim !== null; claim = await ledger.notices.claim(tenant)) {
    try {
      await tell(parts, claim)
    } catch (error) {
      const code = codeOf(error)
      if (ofAll.includes(code)) {
        await ledger.notices.release(tenant, claim)
        throw error
      }
      // What is wrong with one must not hold up those behind it: given up where it stays so, else claimed again in a minute.
      log.error({ change_id: claim.change_id, code }, 'approvers cannot be told of a change')
      if (code === 'CLYRA_SLACK_REFUSED') await ledger.notices.told(tenant, claim, claim.reference, true)
    }
  }
}

const ofAll: readonly ErrorCode[] = [
  'CLYRA_SLACK_UNREACHABLE',
  'CLYRA_SLACK_BUSY',
  'CLYRA_SLACK_TOKEN',
  'CLYRA_SLACK_CHANNEL',
  'CLYRA_LEDGER_UNAVAILABLE',
]

async function tell({ tenant, ledger, notifier, pageOf }: Parts, claim: NoticeClaim): Promise<void> {
  const { change_id, attempt, target, reference } = claim
  const receipts = await ledger.log.read(changeStream(change_id))
  const notice = noticeOf({ change_id, attempt, target, url: pageOf(change_id) }, receipts)
  if (reference !== null) {
    await notifier.update(reference, notice)
    await ledger.notices.told(tenant, claim, reference, isEnd(notice.state))
  } else if (notice.state === 'AWAITING_APPROVAL') {
    const sent = await notifier.announce(notice)
    await ledger.notices.told(tenant, claim, sent.reference, false)
  } else await ledger.notices.release(tenant, claim)
}

/**
 * Tells now and every 3 seconds, until the function it answers is called. After a failure it first asks whether the other side
 * answers at all, less and less often, at least once a minute, so that one that takes messages and never answers is not sent the same
 * one again and again. The log says each cause once.
 */
export function keepNotifying(parts: Parts): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    let cause: string | null = null
    for (let waitMs = everyMs; !stop.signal.aborted; await pause(waitMs, undefined, { signal: stop.signal }).catch(() => undefined)) {
      try {
        if (cause !== null) await parts.notifier.check()
        await notify(parts)
        if (cause !== null) parts.log.info({}, 'approvers are told again')
        cause = null
        waitMs = everyMs
      } catch (error) {
        const code = codeOf(error)
        if (code !== cause) parts.log.warn({ code, found: error instanceof ClyraError ? error.message : null }, 'approvers are not told')
        cause = code
        waitMs = Math.min(waitMs * 2, longestMs)
      }
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}
