// What Slack's errors mean to us.
import { ErrorCode as SlackCode, type WebAPICallError } from '@slack/web-api'
import { ClyraError, type ErrorCode } from '../../core/errors.ts'

const meanings = new Map<string, ErrorCode>([
  ...means('CLYRA_SLACK_BUSY', 'ratelimited', 'rate_limited', 'message_limit_exceeded'),
  ...means('CLYRA_SLACK_TOKEN', 'invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired', 'missing_scope'),
  ...means('CLYRA_SLACK_TOKEN', 'no_permission', 'not_allowed_token_type', 'access_denied', 'org_login_required', 'ekm_access_denied'),
  ...means('CLYRA_SLACK_CHANNEL', 'channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action', 'is_inactive'),
  ...means('CLYRA_SLACK_MEMBER', 'user_not_found', 'user_not_visible', 'users_not_found', 'user_disabled', 'user_not_in_channel'),
  ...means('CLYRA_SLACK_REFUSED', 'message_not_found', 'cant_update_message', 'edit_window_closed', 'no_text'),
  ...means('CLYRA_SLACK_REFUSED', 'msg_too_long', 'msg_blocks_too_long', 'invalid_blocks', 'invalid_blocks_format', 'invalid_arguments'),
])

function means(code: ErrorCode, ...found: string[]): [string, ErrorCode][] {
  return found.map((word) => [word, code])
}

/**
 * The ClyraError for whatever the client threw. The cause stays behind: the client keeps requests in it. An error word we do not know
 * may pass, so nothing is given up for it.
 */
export function faultOf(error: unknown): ClyraError {
  const fault = error as WebAPICallError
  if (fault?.code === SlackCode.RateLimitedError)
    return new ClyraError('CLYRA_SLACK_BUSY', 'expected Slack to take a message, found a rate limit')
  if (fault?.code !== SlackCode.PlatformError) return new ClyraError('CLYRA_SLACK_UNREACHABLE', 'expected Slack to answer, found no answer')
  const word = /^[a-z_]{1,60}$/.exec(fault.data.error)?.[0] ?? 'an error without a name'
  return new ClyraError(meanings.get(word) ?? 'CLYRA_SLACK_UNREACHABLE', `expected Slack to take a message, found ${word}`)
}

/** Milliseconds for which Slack wants to be left alone, 0 for any other error. */
export const restOf = (error: unknown): number => {
  const fault = error as WebAPICallError
  return fault?.code === SlackCode.RateLimitedError ? fault.retryAfter * 1000 : 0
}
