// The page of a change that waits for no decision: what it was, what became of it, and its evidence. Its content is not kept.
import type { ChangeView } from '../../core/generated/types.ts'
import { type Html, html } from './html.ts'
import { estimate, foreign, instant, type Page, said } from './pages.ts'

/** Readable without script; the evidence is a link. */
export const statePage = (view: ChangeView): Page => ({
  title: `A change of ${view.target}`,
  signedIn: true,
  body: html`<p class="outcome">${standing(view)}</p>
<dl>
<dt>Change</dt><dd class="id">${view.change_id}</dd>
<dt>State</dt><dd>${view.state}${view.stalled ? ', stalled: nothing moves it on' : null}</dd>
${view.outcome === null ? null : html`<dt>Outcome</dt><dd>${view.outcome}${view.code === null ? null : html` (<code>${view.code}</code>)`}</dd>`}
${resolution(view)}
<dt>What it is</dt><dd>${view.kind}, done by ${view.executor === 'clyra' ? 'Clyra' : 'the caller'}, on a target in ${view.mode} mode</dd>
<dt>Asked by</dt><dd>${foreign(view.requester.person ?? view.requester.actor)} through ${foreign(view.source)}, ${instant(view.submitted_at)}</dd>
${view.claimed_person === null ? null : html`<dt>Claimed for</dt><dd>${foreign(view.claimed_person)}</dd>`}
${view.late ? html`<dt>Late</dt><dd>told of after the work was done, since Clyra could not be reached</dd>` : null}
<dt>Reason</dt><dd>${foreign(view.reason)}</dd>
${policy(view)}
${view.approvers.length === 0 ? null : html`<dt>Approved by</dt><dd>${view.approvers.map((person) => html`${foreign(person)} `)}</dd>`}
${view.affected_rows === null ? null : html`<dt>Rows changed</dt><dd>${view.affected_rows}</dd>`}
</dl>
${evidence(view)}
<p><a href="/approve">What waits for you</a></p>
${said}`,
})

function standing({ state, outcome, mode, executor }: ChangeView): string {
  if (outcome === 'observed') return 'This change was observed: its target is in review, and nothing was held up.'
  if (outcome !== null) return `This change has ended: ${outcome}.`
  if (state === 'ENFORCING')
    return executor === 'caller'
      ? 'This change needs no decision: the caller is at work.'
      : 'This change needs no decision: it is being applied.'
  if (state === 'APPROVED') return 'This change needs no decision any more: it is about to be applied.'
  return mode === 'review'
    ? 'This change needs no decision: its target is in review.'
    : 'This change needs no decision yet: policy is being asked.'
}

const resolution = ({ resolution }: ChangeView): Html | null =>
  resolution === undefined ? null : html`<dt>Resolved</dt><dd>${resolution.outcome}, ${instant(resolution.resolved_at)}</dd>`

const policy = ({ verdict }: ChangeView): Html | null =>
  verdict === null
    ? null
    : html`<dt>Expected</dt><dd>${estimate(verdict.estimated_rows)}</dd>
<dt>Policy</dt><dd>${verdict.outcome} by ${verdict.policy_id}<ul>${verdict.reasons.map(({ rule, why }) => html`<li><code>${rule}</code> ${foreign(why)}</li>`)}</ul></dd>`

function evidence({ change_id, outcome, evidence, bundle_id }: ChangeView): Html | null {
  if (evidence !== null)
    return html`<p><a class="button" href="/approve/${change_id}/evidence" download="${evidence}">Download evidence</a></p>
<p class="help">${evidence}, bundle <span class="id">${bundle_id}</span>. It can be checked offline; README.txt in it says how.</p>`
  return outcome === null ? null : html`<p class="help">Its evidence is being sealed: load this page again in a moment.</p>`
}
