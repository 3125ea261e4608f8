// A look from outside, before a caller's transaction and after it: what the relations are like, and where the history is.
import type { Payload } from '../../core/generated/types.ts'
import type { Granter } from '../../core/ports.ts'
import { readPayload } from './analyse/read.ts'
import { anchor } from './anchor.ts'
import type { Logins } from './executor.ts'
import { pin } from './pins.ts'
import { inSession } from './session.ts'
import { snapshot } from './snapshot.ts'
import { lockTouched } from './transaction.ts'

/**
 * Fills Granter.survey, in a transaction that may not write. The anchor is `bounded`: the caller's transaction lies on the named side of
 * it, and others may lie between. CLYRA_POSTGRES_UNAVAILABLE while another session keeps a relation locked.
 */
export async function survey(
  logins: Logins,
  payload: Payload,
  position: 'before' | 'after',
  xid: string | null,
): ReturnType<Granter['survey']> {
  const read = await readPayload(payload)
  return inSession(logins[payload.role], 'show its relations', async (session) => {
    await session.run('begin isolation level read committed read only')
    await pin(session, payload.limits)
    const names = await lockTouched(session, read)
    const seen = await snapshot(session, names)
    const here = await anchor(session, position)
    return { snapshot: seen, anchor: { ...here, xid, strength: 'bounded' } }
  })
}
