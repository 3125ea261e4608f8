// What changes write, across streams: noted when a change is examined, ended by its outcome receipt (append.ts).
import { clock } from './append.ts'
import { only, type Statement, type Store } from './store.ts'
import type { WriteHistory, Writes } from './types.ts'

const note: Statement = {
  name: 'note_writes',
  text: `select ${clock} as now, w.* from clyra.note_writes($1, $2, $3, $4, $5, $6, $7, $8, $9) w`,
}

interface Row {
  now: string
  changes_24h: string
  rows_24h: string | null
  requester_changes_24h: string
  first_write: boolean
}

/** Writes over the store. */
export const openWrites = (store: Store): Writes => ({
  async note({ change_id, attempt, tenant, target, relations, estimated_rows, requester }) {
    const schemas = relations.map(({ schema }) => schema)
    const names = relations.map(({ name }) => name)
    const values = [change_id, attempt, tenant, target, schemas, names, estimated_rows, requester.actor, requester.person]
    const { now, rows_24h, ...row } = only(await store.query<Row>(note, values))
    const history: WriteHistory = {
      changes_24h: Number(row.changes_24h),
      rows_24h: rows_24h === null ? null : Number(rows_24h),
      requester_changes_24h: Number(row.requester_changes_24h),
      first_write: row.first_write,
    }
    return { now, history }
  },
})
