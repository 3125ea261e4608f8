// One way to call Slack: bounded in time, no retries of its own, quiet while Slack wants to be left alone.
import { LogLevel, WebClient } from '@slack/web-api'
import { ClyraError } from '../../core/errors.ts'
import { faultOf, restOf } from './faults.ts'

// Well within the minute for which a message is claimed.
const timeoutMs = 10_000

/** Runs one call of the client. Rejects with CLYRA_SLACK_* alone. */
export type Call = <T>(work: (client: WebClient) => Promise<T>) => Promise<T>

/** Whoever calls decides when to try again. After a rate limit nothing is sent until Slack's Retry-After is over. */
export function slackCaller({ token, apiUrl }: { token: string; apiUrl?: string }): Call {
  const client = new WebClient(token, {
    ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
    timeout: timeoutMs,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  })
  let restUntil = 0
  return async (work) => {
    if (Date.now() < restUntil) throw new ClyraError('CLYRA_SLACK_BUSY', 'expected the time of a rate limit to be over, found it running')
    try {
      return await work(client)
    } catch (error) {
      restUntil = Date.now() + restOf(error)
      throw faultOf(error)
    }
  }
}

// The client's own lines would go to the console; what matters of them is in the errors.
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
}
