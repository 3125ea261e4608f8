// Does the gateway ask to sign what it shows? Everything is computed here again from the content; nothing is taken on trust.
import { canonical } from '../core/canonical.ts'
import { renderDisplay } from '../core/display.ts'
import { ClyraError, type Fault } from '../core/errors.ts'
import type { ApprovalView, Payload, Verdict } from '../core/generated/types.ts'
import { digest } from '../runtime/digest.ts'

/**
 * The text to show, computed from the payload and the verdict.
 * CLYRA_APPROVAL_DISPLAY_MISMATCH with every place where the view contradicts itself or the id that was asked for.
 */
export function checkApproval(view: ApprovalView, changeId: string): string {
  const payload = view.payload as unknown as Payload
  const verdict = view.verdict as unknown as Verdict
  const { binding } = view
  const { requesters, claimed_for: claimed, reason } = view
  const text = attempt(() => renderDisplay({ change_id: changeId, payload, verdict, requesters, claimed, reason }))
  const pairs: [string, unknown, unknown][] = [
    ['/change_id', view.change_id, changeId],
    ['/verdict/change_id', verdict.change_id, changeId],
    ['/binding/payload_digest', binding.payload_digest, attempt(() => digest(canonical(payload)))],
    ['/binding/display_hash', binding.display_hash, text === null ? null : digest(text)],
    ['/verdict/payload_digest', verdict.payload_digest, binding.payload_digest],
    ['/verdict/display_hash', verdict.display_hash, binding.display_hash],
    ['/verdict/policy_digest', verdict.policy_digest, binding.policy_digest],
    ['/verdict/nonce', verdict.nonce, binding.nonce],
    ['/grade', view.grade, verdict.grade],
    ['/target', view.target, payload.target],
  ]
  const faults: Fault[] = pairs
    .filter(([, stated, found]) => stated !== found)
    .map(([pointer]) => ({ pointer, detail: 'is not what the shown content gives' }))
  if (text === null || faults.length > 0)
    throw new ClyraError('CLYRA_APPROVAL_DISPLAY_MISMATCH', 'expected the content and its digests to agree, found that they do not', {
      faults,
    })
  return text
}

/** A view that cannot even be rendered or hashed contradicts itself. */
function attempt(work: () => string): string | null {
  try {
    return work()
  } catch {
    return null
  }
}
