// A place in the warehouse's own history. Taken inside the change's transaction, so that its xid is the change's.
import type { WarehouseAnchorAnchor } from '../../core/generated/types.ts'
import { platform } from './platform.ts'
import type { Session } from './session.ts'

// System identifier and timeline belong to it: after a restore or a failover an LSN alone names another place.
const query = `
select (pg_catalog.pg_control_system()).system_identifier::text as system_identifier,
  pg_catalog.current_database()::text as database,
  (pg_catalog.pg_control_checkpoint()).timeline_id::int as timeline,
  pg_catalog.pg_current_wal_insert_lsn()::text as lsn,
  pg_catalog.pg_current_xact_id_if_assigned()::text as xid,
  pg_catalog.pg_current_snapshot()::text as snapshot,
  pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1) as server_version`

type Row = Pick<WarehouseAnchorAnchor, 'system_identifier' | 'database' | 'timeline' | 'lsn' | 'xid' | 'snapshot' | 'server_version'>

/** The anchor of the session's transaction now. */
export async function anchor(session: Session, position: WarehouseAnchorAnchor['position']): Promise<WarehouseAnchorAnchor> {
  const [row] = await session.query<Row>(query)
  if (row === undefined) throw new TypeError('expected one row of pg_control_system, found none')
  return { position, platform, ...row, role: 'primary', strength: 'transaction', simulated: false }
}
