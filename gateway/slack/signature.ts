// Whether a request comes from Slack: its HMAC over the very bytes that arrived (docs.slack.dev/authentication/verifying-requests-from-slack).
import { createHmac, timingSafeEqual } from 'node:crypto'
import { ClyraError } from '../../core/errors.ts'

const longestSkewSeconds = 300
const signatureForm = /^v0=[0-9a-f]{64}$/
// Ten digits until the year 2286.
const timestampForm = /^[0-9]{10}$/

export interface SignedRequest {
  timestamp: string
  signature: string
  body: Uint8Array
}

/** CLYRA_SLACK_SIGNATURE unless whoever sent these bytes knows the signing secret. Nothing is read of them before. */
export function demandSigned(secret: string, { timestamp, signature, body }: SignedRequest): void {
  if (!signatureForm.test(signature) || !timestampForm.test(timestamp)) throw unsigned()
  const right = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest()
  if (!timingSafeEqual(right, Buffer.from(signature.slice(3), 'hex'))) throw unsigned()
}

/** CLYRA_SLACK_STALE when a signed request was made more than five minutes before or after `now`. */
export function demandRecent({ timestamp }: Pick<SignedRequest, 'timestamp'>, now: string): void {
  if (Math.abs(Date.parse(now) / 1000 - Number(timestamp)) > longestSkewSeconds)
    throw new ClyraError('CLYRA_SLACK_STALE', `expected a request of the last ${longestSkewSeconds} seconds, found another`)
}

const unsigned = () => new ClyraError('CLYRA_SLACK_SIGNATURE', 'expected a request signed with the app’s signing secret, found another')
