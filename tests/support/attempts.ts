// Runs payloads against a governed PostgreSQL, each as the first attempt of a change of its own.
import { randomUUID } from 'node:crypto'
import type { Payload } from '../../core/generated/types.ts'
import type { EnforceRequest, Prepared, Settled } from '../../core/ports.ts'
import { enforce, type Logins } from '../../plugins/postgres/executor.ts'
import { payloadOf } from './shop.ts'

export interface Attempted extends Settled {
  change_id: string
  /** What was shown before COMMIT; null when it did not come to that. */
  prepared: Prepared | null
}

let changes = 0

/** A request nobody made before. */
export function requestOf(payload: Payload, row_limit = 10_000): EnforceRequest {
  changes += 1
  return { change_id: `chg_${changes}`, attempt: 1, payload, payload_digest: 'sha256:d', row_limit, certificate_id: randomUUID() }
}

/** Enforces the statements and waits for the end. */
export async function attempt(
  logins: Logins,
  role: Payload['role'],
  statements: string[],
  row_limit?: number,
  limits?: Partial<Payload['limits']>,
): Promise<Attempted> {
  let prepared: Prepared | null = null
  const request = requestOf(payloadOf(role, statements, limits), row_limit)
  const keep = async (seen: Prepared) => {
    prepared = seen
  }
  const settled = await enforce(logins, request, keep, { aborted: false })
  return { ...settled, change_id: request.change_id, prepared }
}
