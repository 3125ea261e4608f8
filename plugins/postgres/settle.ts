// Did an attempt apply? The guard row decides: a row says yes, a tombstone laid in its place says no, for ever.
// Transaction ids are never asked: after a crash an uncommitted one is given away again.
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { codeOf } from '../../core/errors.ts'
import type { EnforceRequest, Settled } from '../../core/ports.ts'
import type { Reason } from './halt.ts'
import { pin } from './pins.ts'
import { openSession, type Session, SqlFailure } from './session.ts'

export type Attempt = Pick<EnforceRequest, 'change_id' | 'attempt' | 'payload_digest'>

const timeouts = { statement_timeout_ms: 5_000, lock_timeout_ms: 1_000 }
const tries = 4

interface Found {
  state: 'applied' | 'void'
  payload_digest: string
  /** Laid by this very call. */
  fresh: boolean
  /** The server is the one the guard was applied to. */
  known: boolean
  /** Somebody waits for a synchronous standby here. */
  synchronous: boolean
}

/**
 * Settles an attempt, ending it first where it still runs. `reason` is why it is thought not to have applied.
 * `interrupted`: its COMMIT was under way, so a row alone does not show that a synchronous standby has it.
 */
export async function settle(login: pg.ClientConfig, attempt: Attempt, reason: Reason, interrupted = false): Promise<Settled> {
  let evicted = interrupted
  let last: Reason = { code: 'CLYRA_ENFORCE_UNREACHABLE', sqlstate: null, statement: null }
  for (let tried = 0; tried < tries; tried += 1) {
    const session = await openSession(login, timeouts.statement_timeout_ms + 5_000).catch((error: unknown) => codeOf(error))
    if (typeof session === 'string') {
      await pause(200 * 2 ** tried)
      continue
    }
    try {
      return verdict(await tombstone(session, attempt), attempt, reason, evicted)
    } catch (error) {
      if (!(error instanceof SqlFailure)) throw error
      last = { ...last, sqlstate: error.sqlstate }
      if (error.sqlstate !== '55P03') continue
      last = { ...last, code: 'CLYRA_ENFORCE_STILL_RUNNING' }
      evicted = true
      await session.query('select clyra_guard.evict($1, $2)', [attempt.change_id, attempt.attempt]).catch(() => undefined)
    } finally {
      await session.close()
    }
  }
  return { outcome: 'ambiguous', settled_by: 'guard_row', ...last }
}

async function tombstone(session: Session, { change_id, attempt, payload_digest }: Attempt): Promise<Found> {
  await session.run('begin')
  try {
    await pin(session, timeouts)
    const [found] = await session.query<Found>(
      `select t.state, t.payload_digest, t.fresh, p.known, pg_catalog.current_setting('synchronous_standby_names') <> '' as synchronous
       from clyra_guard.place() p, clyra_guard.tombstone($1, $2, $3) t`,
      [change_id, attempt, payload_digest],
    )
    if (found === undefined) throw new SqlFailure(null)
    // On another server the row may be missing because the server is, so no stone is laid.
    await session.run(found.fresh && !found.known ? 'rollback' : 'commit')
    return found
  } catch (error) {
    await session.run('rollback').catch(() => undefined)
    throw error
  }
}

function verdict(found: Found, { payload_digest }: Attempt, reason: Reason, evicted: boolean): Settled {
  const unsure = (code: Reason['code']): Settled => ({
    outcome: 'ambiguous',
    code,
    sqlstate: null,
    statement: null,
    settled_by: 'guard_row',
  })
  if (found.state === 'applied') {
    if (found.payload_digest !== payload_digest) return unsure('CLYRA_PAYLOAD_MISMATCH')
    if (evicted && found.synchronous) return unsure('CLYRA_ENFORCE_UNSETTLED')
    return { outcome: 'enforced', code: null, sqlstate: null, statement: null, settled_by: 'guard_row' }
  }
  if (found.fresh && !found.known) return unsure('CLYRA_ENFORCE_FAILED_OVER')
  return { outcome: 'failed', ...reason, settled_by: 'tombstone' }
}
