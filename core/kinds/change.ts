// The body of a `change` receipt, made from what the registry knows.
import type { Change } from '../generated/types.ts'

/** As much of a registry row as the receipt carries; its kind is judged by the schema on append. */
export type Registered = Omit<Change, 'executor' | 'kind'> & { kind: string }

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
  executor: 'clyra',
  role: row.role,
  payload_digest: row.payload_digest,
  statements: row.statements,
  requester: row.requester,
  claimed_person: row.claimed_person,
  reason: row.reason,
})
