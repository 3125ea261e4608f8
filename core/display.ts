// The exact text an approver is shown. SHA-256 of its UTF-8 bytes is the display hash that a decision signs.
import type { Payload, Verdict, VerdictStatement } from './generated/types.ts'
import { writtenRelations } from './history.ts'
import { visible } from './visible.ts'

export interface DisplayRequest {
  change_id: string
  payload: Payload
  verdict: Pick<Verdict, 'facts' | 'reasons' | 'policy_id' | 'policy_digest' | 'quorum' | 'row_limit' | 'mode'>
  /** `requestersOf` (core/approval.ts) over the receipts that stand before the verdict. */
  requesters: readonly string[]
  /** `claimedOf` over the same. */
  claimed: readonly string[]
  reason: string
}

/**
 * Everything a person must know to decide, one fact a line, ended by a line break. Two payloads never give the same text.
 * Statement lines stand behind a numbered gutter and no other value can break its line, so no text can forge a later section.
 */
export function renderDisplay(request: DisplayRequest): string {
  const { payload, verdict } = request
  const { facts } = verdict
  const lines = [
    'clyra-display/0',
    field('change', request.change_id),
    field('target', payload.target),
    field('platform', `${facts.platform} ${facts.server_version ?? '(version unknown)'}${facts.simulated ? ' SIMULATED' : ''}`),
    field('mode', verdict.mode),
    field('kind', `${payload.kind}, applied by ${payload.executor}`),
    field('role', payload.role),
    field('estimate', facts.estimated_rows === null ? 'unknown number of rows' : rows(facts.estimated_rows)),
    ...lastDay(facts).map((line) => field('last 24 h', line)),
    field('row limit', rowLimit(payload, verdict.row_limit)),
    field('own limits', ownLimits(payload.limits)),
    ...request.requesters.filter((name) => !request.claimed.includes(name)).map((name) => field('asked by', name)),
    ...request.claimed.map((name) => field('claimed for', name)),
    field('reason', request.reason),
    field('policy', `${verdict.policy_id} ${verdict.policy_digest}`),
    field('approvals', `${verdict.quorum} needed`),
    ...verdict.reasons.map((reason) => field('why', `${reason.outcome} by ${reason.rule}: ${reason.why}${references(reason.refs)}`)),
    ...facts.refusals.map((refusal) => field('refused', `${refusal.code}${place(refusal.statement)}: ${refusal.detail}`)),
    field('text', facts.parsed),
    field('salt', payload.salt),
    ...payload.statements.flatMap((statement, index) => [
      '',
      `statement ${index + 1} of ${payload.statements.length}: ${visible(facts.statements[index] ? sketch(facts.statements[index]) : 'not understood')}`,
      ...gutter(statement),
    ]),
    '',
    `end of ${payload.statements.length === 1 ? 'the statement' : `${payload.statements.length} statements`}`,
  ]
  return `${lines.join('\n')}\n`
}

const field = (name: string, value: string): string => `${name.padEnd(12)}${visible(value)}`

const rows = (count: number): string => (count === 1 ? '1 row' : `${count} rows`)

const references = (refs: readonly string[]): string => (refs.length === 0 ? '' : ` (${refs.join(', ')})`)

const place = (statement: number | null): string => (statement === null ? '' : ` in statement ${statement + 1}`)

// A caller does the work in a transaction of his own, where nobody counts.
const rowLimit = ({ executor }: Payload, limit: number): string =>
  executor === 'clyra' ? `${rows(limit)}; more are rolled back` : `${rows(limit)} by the estimate; what the caller does is not counted`

const ownLimits = (limits: Payload['limits']): string =>
  `${rows(limits.max_rows)}, ${limits.statement_timeout_ms} ms a statement, ${limits.lock_timeout_ms} ms for a lock${limits.grant_seconds === undefined ? '' : `, ${limits.grant_seconds} s for the caller`}`

// Whoever splits a change into small ones shows it here.
function lastDay({ history, statements }: Verdict['facts']): string[] {
  const { changes_24h, rows_24h, requester_changes_24h, first_write } = history
  if (changes_24h === null) return ['unknown what else is written to the same relations']
  const written = writtenRelations(statements).map(({ schema, name }) => `${schema}.${name}`)
  if (written.length === 0) return []
  const to = written.join(', ')
  const count = rows_24h === null ? 'an unknown number of rows' : rows(rows_24h)
  const others = `${changes(changes_24h)}, ${count} to ${to}, done or under way; ${requester_changes_24h ?? 'unknown how many'} by the same requester`
  return first_write ? [others, `first write through Clyra to ${written.length === 1 ? to : `one or more of ${to}`}`] : [others]
}

const changes = (count: number): string => (count === 1 ? '1 change' : `${count} changes`)

/** Each line of the statement behind its number; nothing but a line break starts a new line. */
function gutter(statement: string): string[] {
  const lines = statement.split('\n')
  const width = Math.max(3, String(lines.length).length + 1)
  return lines.map((line, index) => `${String(index + 1).padStart(width)}| ${visible(line)}`)
}

function sketch(statement: VerdictStatement): string {
  const named = (access: 'read' | 'write') =>
    statement.relations.filter((relation) => relation.access === access).map((relation) => `${relation.schema}.${relation.name}`)
  const parts = [statement.kind]
  if (statement.predicate === 'missing') parts.push('no WHERE')
  if (statement.predicate === 'constant') parts.push('WHERE is constant')
  if (named('write').length > 0) parts.push(`writes ${named('write').join(', ')}`)
  if (named('read').length > 0) parts.push(`reads ${named('read').join(', ')}`)
  if (statement.functions.length > 0) parts.push(`calls ${statement.functions.join(', ')}`)
  if (statement.details.length > 0) parts.push(statement.details.join(', '))
  if (statement.estimate_basis !== 'not_applicable') parts.push(estimate(statement))
  return parts.join('; ')
}

function estimate({ estimated_rows, relation_rows, estimate_basis }: VerdictStatement): string {
  const guess = estimated_rows === null ? 'an unknown number of rows' : rows(estimated_rows)
  return `about ${guess}${relation_rows === null ? '' : ` of ${relation_rows}`} (${estimate_basis})`
}
