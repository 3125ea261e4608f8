// A change in words: one line of progress, a page of detail, a row of a list.
import type { ChangeView } from '../core/generated/types.ts'
import { fields, table } from './print.ts'

/** What the state means for the one who waits. */
export function stateLine(view: ChangeView): string {
  return `${view.state.padEnd(18)}${meaning(view)}`
}

function meaning(view: ChangeView): string {
  const rules = view.verdict?.reasons.map(({ rule, why }) => `${why} (${rule})`).join('; ') ?? ''
  switch (view.state) {
    case 'OPEN':
      return view.stalled ? 'received, but no worker takes it up' : 'received, policy is being asked'
    case 'EVALUATED':
      return view.mode === 'review' ? 'judged, nothing is held up' : rules
    case 'DENIED':
      return rules
    case 'AWAITING_APPROVAL':
      return `${rules}; ${view.approvers.length} of ${view.verdict?.quorum ?? 1} approvals until ${view.verdict?.deadline ?? '-'}${view.match_code === null ? '' : `; who approves must type ${view.match_code}, which you alone are shown`}`
    case 'APPROVED':
      return view.approvers.length > 0 ? `approved by ${view.approvers.join(', ')}` : `allowed: ${rules}`
    case 'ENFORCING':
      return view.executor === 'caller' ? 'the caller does the work, under a grant (`clyra change grant`)' : 'being applied'
    case 'ENFORCED':
      return rowsOf(view)
    case 'OBSERVED':
      return `policy would have said ${view.verdict?.outcome ?? '-'}`
    case 'RECORDED':
    case 'ATTESTED':
      return 'outcome recorded, evidence being sealed'
    case 'CLOSED':
      return view.evidence === null ? 'closed' : `evidence ${view.evidence}`
    default:
      return view.code ?? ''
  }
}

const rowsOf = ({ affected_rows }: ChangeView): string =>
  affected_rows === null ? 'done by the caller under a grant' : `applied, ${affected_rows} rows`

/** One line that says how it ended. */
export function outcomeLine(view: ChangeView): string {
  if (view.outcome === null) return `${view.change_id} has no outcome yet (${view.state})`
  const code = view.code === null ? '' : ` ${view.code}`
  const rows = view.affected_rows === null ? '' : `, ${view.affected_rows} rows`
  return `${view.change_id} ${view.outcome}${code}${rows}`
}

/** Everything there is to know of a change. */
export function changePage(view: ChangeView): string {
  const { verdict, resolution } = view
  return fields([
    ['change', view.change_id],
    [
      'state',
      view.stalled ? `${view.state} (stalled: ${view.state === 'OPEN' ? 'no worker takes it up' : 'nothing moves it on'})` : view.state,
    ],
    ['outcome', view.outcome],
    ['code', view.code],
    ['number', view.match_code === null ? null : `${view.match_code} (tell whoever approves)`],
    ['resolved', resolution ? `${resolution.outcome} by ${resolution.settled_by}, ${resolution.resolved_at}` : null],
    ['target', `${view.target} (${view.mode})`],
    ['executor', view.executor === 'clyra' ? null : view.executor],
    ['requester', view.requester.person ?? view.requester.actor],
    ['claimed for', view.claimed_person],
    ['reason', view.reason === '' ? null : view.reason],
    ['late', view.late ? 'told of after the work was done' : null],
    ['verdict', verdict && `${verdict.outcome} by ${verdict.policy_id}`],
    ...(verdict?.reasons.map((reason) => ['  why', `${reason.outcome}: ${reason.why} (${reason.rule})`] as const) ?? []),
    ['estimate', verdict && (verdict.estimated_rows === null ? 'unknown' : `${verdict.estimated_rows} rows`)],
    ['deadline', verdict?.deadline ?? null],
    ['approvers', view.approvers.length === 0 ? null : view.approvers.join(', ')],
    ['rows', view.affected_rows],
    ['anchor', view.anchor],
    ['evidence', view.evidence],
    ['bundle', view.bundle_id],
    ['submitted', view.submitted_at],
    ['attempt', view.attempt],
    ['payload', view.payload_digest],
    ['page', view.links.page],
    ['temporal', view.links.temporal],
  ])
}

/** A list, newest last. */
export const changeTable = (views: readonly ChangeView[]): string =>
  views.length === 0
    ? 'no changes'
    : table(
        ['SEQ', 'CHANGE', 'STATE', 'OUTCOME', 'TARGET', 'REQUESTER', 'ROWS', 'SUBMITTED'],
        views.map((view) => [
          view.seq,
          view.change_id,
          view.state,
          view.outcome,
          view.target,
          view.requester.person ?? view.requester.actor,
          view.affected_rows,
          view.submitted_at,
        ]),
      )
