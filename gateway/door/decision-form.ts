// Where a person says yes or no, and what he is asked for then: one proof, or for grade enhanced all there are.
import type { ApprovalView } from '../../core/generated/types.ts'
import type { Grade } from '../../core/grade.ts'
import type { Provider } from '../../core/sign-on.ts'
import { type Html, html } from './html.ts'
import { foreign } from './pages.ts'
import type { Visitor } from './session.ts'

const longestReason = 500

/** What somebody can prove himself with here; `signOn` is the host of the company's sign-on. One of both there is. */
export interface Means {
  grade: Grade
  passkey: boolean
  signOn: string | null
}

export const meansOf = ({ grade }: ApprovalView, { passkey, subject_id }: Visitor, provider: Provider | null): Means => ({
  grade,
  passkey: passkey !== null,
  signOn: subject_id === null || provider === null ? null : new URL(provider.iss).host,
})

/** What policy asks of an approval, in words. */
export function gradeText({ grade, authenticator_age_seconds: age }: ApprovalView): Html {
  const words =
    grade === 'enhanced' ? 'company sign-on, passkey and the requester’s number (enhanced)' : 'one proof of who you are (standard)'
  return html`${words}${age === 0 ? null : `; nothing that was enrolled in the last ${hours(age)}`}`
}

const hours = (seconds: number): string => (seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`)

/** The form, hidden until its script runs, and the last step of an approval by two proofs. */
export const decisionForm = (person: string, means: Means): Html => html`<p>As ${foreign(person)}. ${askedOf(means)}</p>
<noscript><p class="notice">Deciding needs JavaScript: only the browser can reach your passkey and check what is signed. <code>clyra approve</code> decides with a key file or your sign-on.</p></noscript>
${lacking(means)}<form id="decide" hidden>
${means.grade === 'standard' && means.passkey ? choice(means.signOn) : null}${means.grade === 'enhanced' && canApprove(means) ? number : null}<label for="reason">Reason, kept with your decision</label>
<textarea id="reason" name="reason" rows="3" maxlength="${longestReason}"></textarea>
<div class="buttons">${canApprove(means) ? html`<button type="submit" value="approve">Approve</button> ` : null}<button type="submit" value="reject" class="reject">Reject</button></div>
</form>
${means.grade === 'enhanced' && canApprove(means) ? lastStep : null}`

const canApprove = ({ grade, passkey, signOn }: Means): boolean => grade === 'standard' || (passkey && signOn !== null)

function askedOf(means: Means): string {
  const { grade, passkey, signOn } = means
  const away = `you sign on with ${signOn} for this very decision, and come back here`
  if (grade === 'enhanced' && canApprove(means))
    return `To approve, type the requester’s number; then ${away}, and your passkey signs it. To reject, your passkey is enough.`
  if (passkey && signOn !== null) return 'What you choose signs it together with the hash of the text above.'
  return passkey
    ? 'Your passkey signs it together with the hash of the text above.'
    : `To decide, ${away}; the hash of the text above goes along.`
}

function lacking({ grade, passkey, signOn }: Means): Html | null {
  if (grade === 'standard' || (passkey && signOn !== null)) return null
  const missing = passkey ? 'no account of the company’s sign-on is linked to you' : 'you have enrolled no passkey at this address'
  return html`<p class="notice">You can reject this change, but not approve it: that takes sign-on and passkey, and ${missing}. Ask an administrator for an invitation.</p>
`
}

const choice = (signOn: string | null): Html | null =>
  signOn === null
    ? null
    : html`<fieldset>
<legend>Prove who you are with</legend>
<label><input type="radio" name="proof" value="passkey" checked> your passkey</label>
<label><input type="radio" name="proof" value="sign_on"> a sign-on with ${signOn}</label>
</fieldset>
`

const number = html`<label for="number">The requester’s number, to approve</label>
<input id="number" name="number" inputmode="numeric" autocomplete="off" maxlength="6" aria-describedby="number-help">
<p id="number-help" class="help">Six digits that whoever asked was shown. Ask in a way you know already, not in one that a message gives you.</p>
`

const lastStep = html`<section id="finish" aria-labelledby="finish-title" hidden>
<h3 id="finish-title">You signed on: one step is left</h3>
<p>Nothing is decided yet. Your passkey signs the same approval.</p>
<div class="buttons"><button type="button" id="sign">Sign with your passkey</button> <button type="button" id="give-up" class="reject">Give up</button></div>
</section>`
