// The payload of a change: the exact thing that will run, in canonical form, named by its digest.
import { createHmac } from 'node:crypto'
import { canonical } from '../../core/canonical.ts'
import type { ChangeRequest, Payload } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'
import type { GatewayTarget } from './deps.ts'

/**
 * Canonical bytes and digest. The salt makes the same content under another site key, source or revision another payload
 * (closing one change must not destroy the payload of another), and no digest guessable.
 */
export function payloadOf(
  tenantKey: Uint8Array,
  siteKey: string,
  request: ChangeRequest,
  target: GatewayTarget,
): { bytes: Uint8Array; digest: string } {
  const executor = request.executor ?? 'clyra'
  const limits = limitsOf(request.limits ?? {}, target.limits)
  const content = {
    kind: request.kind,
    target: target.name,
    executor,
    role: request.role ?? 'dml',
    statements: request.statements,
    limits: executor === 'caller' ? { ...limits, grant_seconds: grantSeconds(request.limits ?? {}, target.limits) } : limits,
  } satisfies Omit<Payload, 'salt'>
  const salt = createHmac('sha256', tenantKey)
    .update(canonical([siteKey, request.source ?? 'api', request.revision ?? 1, content]))
    .digest('hex')
  const bytes = new TextEncoder().encode(canonical({ ...content, salt }))
  return { bytes, digest: digest(bytes) }
}

// A requester may tighten the limits of the target, never widen them.
const limitsOf = (asked: NonNullable<ChangeRequest['limits']>, most: Payload['limits']): Payload['limits'] => ({
  max_rows: Math.min(asked.max_rows ?? most.max_rows, most.max_rows),
  statement_timeout_ms: Math.min(asked.statement_timeout_ms ?? most.statement_timeout_ms, most.statement_timeout_ms),
  lock_timeout_ms: Math.min(asked.lock_timeout_ms ?? most.lock_timeout_ms, most.lock_timeout_ms),
})

const usualGrantSeconds = 900

const grantSeconds = (
  asked: NonNullable<ChangeRequest['limits']>,
  { grant_seconds: most = usualGrantSeconds }: Payload['limits'],
): number => Math.min(asked.grant_seconds ?? most, most)
