// The page of a change that waits: what exactly will run, who says so far what, and the two buttons.
import type { ApprovalView, Verdict } from '../../core/generated/types.ts'
import type { Provider } from '../../core/sign-on.ts'
import { decisionForm, gradeText, meansOf } from './decision-form.ts'
import { type Html, html } from './html.ts'
import { lookAlikes } from './look-alikes.ts'
import { estimate, foreign, instant, type Page, said } from './pages.ts'
import type { Visitor } from './session.ts'

/** An open gate. `display` is the text whose hash a decision signs. */
export function decidePage(view: ApprovalView, display: string, visitor: Visitor, provider: Provider | null): Page {
  const { passkey, principal } = visitor
  const verdict = view.verdict as unknown as Verdict
  const byCaller = view.payload.executor === 'caller'
  const approved = view.decisions.filter(({ decision, status }) => decision === 'approve' && status === 'counted').length
  const strange = warning(lookAlikes(display))
  const means = meansOf(view, visitor, provider)
  return {
    title: `A change of ${view.target}`,
    signedIn: true,
    script: 'change.mjs',
    facts: {
      ...(passkey === null ? {} : { 'rp-id': passkey.rp_id, credential: passkey.credential_id }),
      person: principal.person,
      grade: view.grade,
      'display-hash': view.binding.display_hash,
    },
    body: html`<dl>
<dt>Change</dt><dd class="id">${view.change_id}</dd>
<dt>Asked by</dt><dd>${view.requesters.filter((name) => !view.claimed_for.includes(name)).map((name) => html`${foreign(name)} `)}</dd>
${claimed(view)}<dt>Reason</dt><dd>${foreign(view.reason)}</dd>
<dt>Expected</dt><dd>${estimate(verdict.facts.estimated_rows)}; ${byCaller ? 'a caller does it himself, nobody counts or sees what he runs' : `more than ${verdict.row_limit} are rolled back`}</dd>
<dt>Why policy asks</dt><dd><ul>${verdict.reasons.map(({ rule, why }) => html`<li><code>${rule}</code> ${foreign(why)}</li>`)}</ul></dd>
<dt>What it asks</dt><dd>${gradeText(view)}</dd>
<dt>Approvals</dt><dd id="approvals">${approved} of ${view.quorum} needed</dd>
${view.deadline === null ? null : html`<dt>Open until</dt><dd>${instant(view.deadline)}</dd>`}
${decisions(view)}</dl>
<h2 id="text">${byCaller ? 'What the caller asked to run' : 'Exactly what will run'}</h2>
${strange}
<pre id="display" dir="ltr" tabindex="0" aria-labelledby="text">${display.split(/(?<=\n)/).map((line) => html`<span>${line}</span>`)}</pre>
<h2>Your decision</h2>
${decisionForm(principal.person, means)}
${said}`,
  }
}

// A tool's word for it: shown, counted, not verified.
const claimed = ({ claimed_for }: ApprovalView): Html | null =>
  claimed_for.length === 0
    ? null
    : html`<dt>Claimed for</dt><dd>${claimed_for.map((name) => html`${foreign(name)} `)}</dd>
`

const warning = (strange: readonly string[]): Html | null =>
  strange.length === 0 ? null : html`<p id="strange" class="notice">Letters here may pass for Latin ones: ${strange.join(', ')}.</p>`

const decisions = ({ decisions }: Pick<ApprovalView, 'decisions'>): Html | null =>
  decisions.length === 0
    ? null
    : html`<dt>Decided so far</dt><dd><ul>${decisions.map(
        ({ person, decision, status, code, at }) =>
          html`<li>${foreign(person ?? 'nobody known')}: ${decision ?? 'unreadable'}, ${status}${code === null ? null : html` (<code>${code}</code>)`}, ${instant(at)}</li>`,
      )}</ul></dd>`
