// The text an approver is shown, made from the canonical payload. Nothing is shown that is not what will be signed.
import { renderDisplay } from '../../core/display.ts'
import { ClyraError } from '../../core/errors.ts'
import type { ApprovalView, Payload, Verdict } from '../../core/generated/types.ts'
import { digest } from '../../runtime/digest.ts'

/** CLYRA_APPROVAL_DISPLAY_MISMATCH when the text is not the one whose hash stands in the verdict. */
export function displayOf({ change_id, requesters, claimed_for: claimed, reason, binding, ...view }: ApprovalView): string {
  const [payload, verdict] = [view.payload as unknown as Payload, view.verdict as unknown as Verdict]
  const text = renderDisplay({ change_id, payload, verdict, requesters, claimed, reason })
  if (digest(text) !== binding.display_hash)
    throw new ClyraError('CLYRA_APPROVAL_DISPLAY_MISMATCH', 'expected the content and its display hash to agree, found that they do not')
  return text
}
