// What was refused at Slack's door stays in the tenant's log; outside one answer is given, whatever it was.
import type { ErrorCode } from '../../core/errors.ts'
import type { DoorRefusal } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import type { Entry } from '../../ledger/types.ts'
import type { GatewayDeps } from '../control/deps.ts'

type Deps = Pick<GatewayDeps, 'tenant' | 'ledger' | 'log'>

/** Receipts an hour of requests that nobody signed: anybody can send those. */
export const unsignedAnHour = 10

/** A log line and a `door_refusal` receipt; `once` names what is refused, so that the same thing sent again adds nothing. */
export async function refuse(
  { tenant, ledger, log }: Deps,
  once: string,
  code: ErrorCode,
  { change_id = null, person = null }: Partial<Pick<DoorRefusal, 'change_id' | 'person'>> = {},
  actor: Entry['actor'] = { actor: 'slack', person },
): Promise<void> {
  const body: DoorRefusal = { code, door: 'slack', change_id, person }
  log.warn({ code, change_id, person }, 'refused at Slack’s door')
  await ledger.log.append(tenantStream(tenant), [{ key: `refused:slack:${code}:${once}`, kind: 'door_refusal', actor, body: { ...body } }])
}

/** The same for requests nobody signed: so many an hour and no more. Once they are used up the store is left alone until the next one. */
export function refuseUnsigned(deps: Deps): (requestId: string) => Promise<void> {
  let full = ''
  return async (requestId) => {
    const hour = new Date().toISOString().slice(0, 13)
    if (hour === full) return
    if (await deps.ledger.singleUse.takePlace(deps.tenant, `slack_unsigned:${hour}`, requestId, unsignedAnHour))
      await refuse(deps, requestId, 'CLYRA_SLACK_SIGNATURE')
    else full = hour
  }
}
