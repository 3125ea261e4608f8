// The body of a `change` receipt, made from what the registry knows, and what policy is told of it.
import type { Change } from '../generated/types.ts'
import type { ChangeInput } from '../policy/evaluate.ts'

/** As much of a registry row as the receipt carries; its kind is judged by the schema on append. */
export type Registered = Omit<Change, 'kind'> & { kind: string }

/** The same row always gives the same body, so that whoever appends the receipt first says the same. */
export const changeBody = (row: Registered): Record<string, unknown> => ({
  change_id: row.change_id,
  tenant: row.tenant,
  attempt: row.attempt,
  kind: row.kind,
  source: row.source,
  site_key_digest: row.site_key_digest,
  revision: row.revision,
  target: row.target,
  mode: row.mode,
  executor: row.executor,
  role: row.role,
  payload_digest: row.payload_digest,
  statements: row.statements,
  requester: row.requester,
  claimed_person: row.claimed_person,
  reason: row.reason,
  late: row.late,
})

/** What the rules of a policy are told of a change, from its receipt. */
export const changeInput = (change: Change): ChangeInput => ({
  target: change.target,
  kind: change.kind,
  mode: change.mode,
  executor: change.executor,
  source: change.source,
  requester: change.requester.actor,
  person: change.requester.person ?? '',
  role: change.role,
  statements: change.statements,
  reason: change.reason,
  claimed_person: change.claimed_person ?? '',
  // A receipt from before there was such a thing does not say it.
  late: (change.late ?? null) !== null,
})
