// A notice as a Slack message. Pure. Lengths are those of docs.slack.dev/reference/block-kit.
import type { Notice } from '../../core/ports.ts'
import { escaped, lines, plain } from './text.ts'

const limits = { header: 150, field: 2000, text: 3000 }

/**
 * Blocks, and the text for notifications and screen readers. While it waits: where clicks come back a button that opens the page and one
 * that denies, else a link alone, since Slack warns whoever clicks a button that nobody takes. Nothing in it approves.
 */
export function messageOf(notice: Notice, clickable: boolean) {
  const { change_id, target, state, url } = notice
  const headline = `Change on ${target} ${words[state] ?? 'is judged again'}`
  const waits = state === 'AWAITING_APPROVAL'
  return {
    text: escaped(`${headline}: ${change_id}`, limits.text),
    blocks: [
      { type: 'header' as const, text: plain(escaped(headline, limits.header)) },
      { type: 'section' as const, fields: factsOf(notice).map(([name, value]) => plain(`${name}\n${value}`)) },
      { type: 'section' as const, text: plain(`What\n${escaped(notice.what, limits.text - 5)}`) },
      { type: 'section' as const, text: plain(`Why policy asks\n${whyOf(notice)}`) },
      ...(waits ? [clickable ? buttonsOf(notice) : linkBlockOf(url)] : []),
      {
        type: 'context' as const,
        elements: [
          plain(
            waits ? 'Approved on the page or in the terminal only. SQL text and reason stand there, not here.' : escaped(change_id, 200),
          ),
        ],
      },
    ],
  }
}

const linkBlockOf = (url: string) => ({
  type: 'section' as const,
  text: { type: 'mrkdwn' as const, text: `<${linkOf(url)}|Open the approver’s page>`, verbatim: true },
})

// The value names what the button is about and decides nothing: who clicked, and what stands then, is looked up.
const buttonsOf = ({ change_id, attempt, url }: Notice) => ({
  type: 'actions' as const,
  elements: [
    { type: 'button' as const, action_id: 'clyra_open', text: plain('Open'), url: linkOf(url) },
    {
      type: 'button' as const,
      action_id: 'clyra_deny',
      text: plain('Deny'),
      style: 'danger' as const,
      value: `${change_id}/${attempt}`,
      confirm: {
        title: plain('Deny this change?'),
        text: plain('It will not be applied. Your denial is kept in its evidence.'),
        confirm: plain('Deny'),
        deny: plain('Back'),
        style: 'danger' as const,
      },
    },
  ],
})

const words: Partial<Record<Notice['state'], string>> = {
  AWAITING_APPROVAL: 'waits for approval',
  APPROVED: 'is approved',
  ENFORCING: 'is being applied',
  ENFORCED: 'was applied',
  DENIED: 'was denied, nothing was applied',
  REJECTED: 'was rejected, nothing was applied',
  EXPIRED: 'expired, nothing was applied',
  CANCELLED: 'was cancelled, nothing was applied',
  FAILED: 'failed, nothing was applied',
  AMBIGUOUS: 'is ambiguous: it cannot be told whether it was applied',
}

const factsOf = ({ change_id, attempt, ...notice }: Notice): [string, string][] => [
  ['Change', escaped(attempt === 1 ? change_id : `${change_id}, attempt ${attempt}`, 200)],
  ['Target', escaped(notice.target, 200)],
  ['Rows', notice.estimated_rows === null ? 'unknown' : `about ${notice.estimated_rows}`],
  ['Asked by', named(notice.requesters.filter((name) => !notice.claimed_for.includes(name)))],
  ...(notice.claimed_for.length === 0 ? [] : [['Claimed for', named(notice.claimed_for)] as [string, string]]),
  [
    'Approvals',
    `${notice.approved_by.length} of ${notice.quorum}${notice.approved_by.length === 0 ? '' : `\n${named(notice.approved_by)}`}`,
  ],
  ...(notice.rejected_by === null ? [] : [['Rejected by', named([notice.rejected_by])] as [string, string]]),
  ['May decide', notice.eligible_approvers.length === 0 ? 'every enrolled approver' : named(notice.eligible_approvers)],
  ['Until', `${notice.deadline.slice(0, 19).replace('T', ' ')} UTC`],
  ...(notice.code === null ? [] : [['Code', escaped(notice.code, 200)] as [string, string]]),
]

// Short of the limit by what stands before it in the same field.
const named = (people: readonly string[]): string => lines(people, limits.field - 50, 200)

const whyOf = ({ reasons }: Notice): string =>
  lines(
    reasons.map(({ rule, why }) => `${rule}: ${why}`),
    limits.text - 20,
    700,
  )

const linkOf = (url: string): string => new URL(url).href.replaceAll('|', '%7C').replaceAll('>', '%3E')
