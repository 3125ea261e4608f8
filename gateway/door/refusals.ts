// What the door refuses: a receipt and a log line with the precise code, one opaque answer outside.
import { randomUUID } from 'node:crypto'
import { ClyraError, type ErrorCode } from '../../core/errors.ts'
import type { DoorRefusal } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'

/** Receipts of one hour about one person, and together about those nobody knows: whoever knocks all night fills no log. */
export const refusalsAnHour = 20

export interface Refused extends Omit<DoorRefusal, 'code'> {
  tenant: string
  code: ErrorCode
}

/** Writes the receipt, unless the hour's are used up, and the log line, always. */
export async function recordRefusal({ ledger, log }: Pick<GatewayDeps, 'ledger' | 'log'>, { tenant, ...body }: Refused): Promise<void> {
  const { code, door, change_id, person } = body
  log.warn({ code, door, change_id, person }, 'refused at the door')
  const [id, hour] = [randomUUID(), (await ledger.log.now()).slice(0, 13)]
  if (!(await ledger.singleUse.takePlace(tenant, `door_refusal:${hour}:${person ?? ''}`, id, refusalsAnHour))) return
  const actor = { actor: person === null ? 'clyra-door' : actorOfPerson(person), person }
  await ledger.log.append(tenantStream(tenant), [{ key: `door_refusal:${id}`, kind: 'door_refusal', actor, body }])
}

/** The one answer outside. */
export const refusedAtTheDoor = (): ClyraError =>
  new ClyraError('CLYRA_DOOR_REFUSED', 'expected a sign-on that proves who you are, found none')
