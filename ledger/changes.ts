// The registry: one row a change, moved by the receipts of its stream (append.ts). It outlives the workflow engine's memory.
import { ClyraError } from '../core/errors.ts'
import { mayBeAskedAgain } from '../core/lifecycle.ts'
import { tenantStream } from '../core/receipts.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { ChangeRow, Changes, NewChange } from './types.ts'
import { openWaiting } from './waiting.ts'

const columns = `change_id, tenant, seq, attempt, coalesce(state, 'OPEN') as state, outcome, code, version, kind, source, site_key_digest,
  revision, target, mode, executor, role, statements, payload_digest, json_build_object('actor', requester_actor, 'person', requester_person) as requester,
  claimed_person, reason, late, to_char(submitted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as submitted_at, bundle_id, evidence_file`

const upsert: Statement = {
  name: 'register_change',
  text: `
    with registered as (
      insert into clyra.changes as c (change_id, tenant, kind, source, site_key_digest, revision, target, mode, executor, role, statements,
        payload_digest, requester_actor, requester_person, claimed_person, reason, late)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
      on conflict (change_id) do update set attempt = c.attempt + 1, state = null, outcome = null, code = null, mode = excluded.mode,
        requester_actor = excluded.requester_actor, requester_person = excluded.requester_person, claimed_person = excluded.claimed_person,
        reason = excluded.reason, late = excluded.late, submitted_at = excluded.submitted_at, bundle_id = null, evidence_file = null
      where c.tenant = excluded.tenant and c.state = 'CLOSED' and c.outcome in ('expired', 'cancelled', 'failed')
      returning *
    )
    select true as created, ${columns} from registered
    union all
    select false as created, ${columns} from clyra.changes where change_id = $1 and tenant = $2 and not exists (select from registered)`,
}
const byId: Statement = { name: 'change_by_id', text: `select ${columns} from clyra.changes where change_id = $1 and tenant = $2` }
const page: Statement = {
  name: 'changes_page',
  text: `select ${columns} from clyra.changes
    where tenant = $1 and seq > $2 and ($4::text is null or coalesce(state, 'OPEN') = $4) order by seq limit $3`,
}
// An attempt's receipts are those from its `change` on; the state says that no later attempt has begun.
const awaiting: Statement = {
  name: 'changes_awaiting_approval',
  text: `select ${columns},
    (select json_agg(json_build_object('line', r.line, 'leaf', encode(r.leaf, 'hex')) order by r.seq) from clyra.receipts r
      where r.stream = 'change/' || c.change_id and r.kind in ('change', 'requester', 'verdict', 'decision')
        and r.seq >= (select f.seq from clyra.receipts f where f.stream = 'change/' || c.change_id and f.key = 'change:' || c.attempt)) as receipts
    from clyra.changes c where tenant = $1 and state = 'AWAITING_APPROVAL' and seq > $2 order by seq limit $3`,
}
const sealedSince: Statement = {
  name: 'changes_sealed_since',
  text: `select ${columns}, place from (
      select r.seq as place, r.line::json -> 'body' ->> 'change_id' as of_change from clyra.receipts r
      where r.stream = $1 and r.kind = 'bundle_sealed' and r.seq >= $2 order by r.seq limit $3
    ) sealed join clyra.changes on change_id = of_change order by place`,
}
const unsealed: Statement = {
  name: 'unsealed_changes',
  text: `select ${columns}, exists (select from clyra.receipts r where r.kind = 'cancellation' and r.stream = 'ledger/' || c.tenant
      and split_part(r.key, ':', 2) = c.change_id and split_part(r.key, ':', 3) = c.attempt::text) as cancelled
    from clyra.changes c where state is distinct from 'CLOSED' and seq > $1 order by seq limit $2`,
}
const seal: Statement = {
  name: 'seal_change',
  text: 'update clyra.changes set bundle_id = $3, evidence_file = $4 where change_id = $1 and attempt = $2',
}
const versions: Statement = {
  name: 'change_versions',
  text: 'select change_id, version from clyra.changes where change_id = any($1)',
}

type Raw = Omit<ChangeRow, 'seq' | 'version' | 'revision'> & { seq: string; version: string; revision: string }

const fromRaw = (raw: Raw): ChangeRow => ({
  ...raw,
  seq: Number(raw.seq),
  version: Number(raw.version),
  revision: Number(raw.revision),
})

const mayReopen = ({ state, outcome }: Raw): boolean => state === 'CLOSED' && outcome !== null && mayBeAskedAgain(outcome)

/** The registry over the store; `url` is for the one connection that listens. */
export function openChanges(store: Store, url: string): Changes & { close(): Promise<void> } {
  const waiting = openWaiting(url, async (ids) => {
    const rows = await store.query<{ change_id: string; version: string }>(versions, [ids])
    return rows.map(({ change_id, version }) => ({ changeId: change_id, version: Number(version) }))
  })
  const get: Changes['get'] = async (tenant, changeId) => {
    const [raw] = await store.query<Raw>(byId, [changeId, tenant])
    return raw ? fromRaw(raw) : null
  }
  return {
    async register(change) {
      const [raw] = await store.query<Raw & { created: boolean }>(upsert, valuesOf(change))
      if (raw && (raw.created || !mayReopen(raw))) {
        const { created, ...row } = raw
        return { row: fromRaw(row), created }
      }
      // Someone else registered it while this statement ran: what he wrote is visible only to the next one.
      const row = await get(change.tenant, change.change_id)
      if (!row) throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected a change of this tenant, found one of another')
      return { row, created: false }
    },
    get,
    async list(tenant, { after = 0, limit = 100, state }) {
      return (await store.query<Raw>(page, [tenant, after, limit, state])).map(fromRaw)
    },
    async awaitingApproval(tenant, after, limit) {
      const rows = await store.query<Raw & { receipts: { line: string; leaf: string }[] | null }>(awaiting, [tenant, after, limit])
      return rows.map(({ receipts, ...raw }) => ({ row: fromRaw(raw), receipts: (receipts ?? []).map(fromRow) }))
    },
    async sealedSince(tenant, from, limit) {
      const found = await store.query<Raw & { place: string }>(sealedSince, [tenantStream(tenant), from, limit])
      const last = new Map(found.map(({ place, change_id }) => [change_id, place]))
      const rows = found.filter(({ place, change_id }) => last.get(change_id) === place).map(({ place: _, ...raw }) => fromRaw(raw))
      return { rows, next: Math.max(from, 1 + Number(found.at(-1)?.place ?? -1)) }
    },
    async unsealed(after, limit) {
      const rows = await store.query<Raw & { cancelled: boolean }>(unsealed, [after, limit])
      return rows.map(({ cancelled, ...raw }) => ({ ...fromRaw(raw), cancelled }))
    },
    async sealed(changeId, attempt, bundleId, evidenceFile) {
      await store.query(seal, [changeId, attempt, bundleId, evidenceFile])
    },
    wait: waiting.wait,
    close: waiting.close,
  }
}

const valuesOf = (change: NewChange): unknown[] => [
  change.change_id,
  change.tenant,
  change.kind,
  change.source,
  change.site_key_digest,
  change.revision,
  change.target,
  change.mode,
  change.executor,
  change.role,
  change.statements,
  change.payload_digest,
  change.requester.actor,
  change.requester.person,
  change.claimed_person,
  change.reason,
  change.late,
]
