// A caller who does the work himself: grants issued to his login, and sessions in which he redeems them.
import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import type { IssueRequest, Warehouse } from '../../core/ports.ts'

export interface Granted {
  request: IssueRequest
  token: string
}

let changes = 0

/** A grant request nobody made before; `part` says what matters to the test. */
export function grantOf(login: string, part: Partial<IssueRequest> = {}): Granted {
  changes += 1
  const token = `clyra_grant_${randomUUID()}`
  const request = {
    change_id: `chg_granted${changes}`,
    attempt: 1,
    payload_digest: `sha256:${changes}`,
    grant_id: randomUUID(),
    token_hash: `sha256:${createHash('sha256').update(token).digest('hex')}`,
    login,
    expires_at: new Date(Date.now() + 60_000).toISOString(),
    certificate_id: randomUUID(),
    ...part,
  }
  return { request, token }
}

/** Another grant for the same attempt. */
export const again = ({ request }: Granted): Granted => {
  const { change_id, attempt, payload_digest, certificate_id } = request
  return grantOf(request.login, { change_id, attempt, payload_digest, certificate_id })
}

/** Issues it, expecting that it is. */
export async function issued(warehouse: Warehouse, granted: Granted): Promise<Granted> {
  const answer = await warehouse.issue(granted.request)
  if (answer !== 'issued') throw new Error(`expected the grant to be issued, it is ${answer}`)
  return granted
}

/** A caller's connection that may be ended under him. */
export async function connected(login: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(login)
  client.on('error', () => undefined)
  await client.connect()
  return client
}

/** Redeems in the client's transaction; answers the xid. */
export const redeem = async (client: pg.Client, token: string): Promise<string> =>
  (await client.query<{ xid: string }>('select clyra_guard.redeem($1) as xid', [token])).rows[0]?.xid ?? ''

/** The code a refusal's message starts with, or the xid. */
export const redeemed = (client: pg.Client, token: string): Promise<string> =>
  redeem(client, token).catch((error: Error) => error.message.split(' ')[0] ?? '')

/** A whole transaction of the caller: redeem, work, commit. Answers the xid, or the code of the refusal. */
export async function work(login: pg.ClientConfig, token: string, statements: readonly string[]): Promise<string> {
  const client = await connected(login)
  try {
    await client.query('begin')
    const answer = await redeemed(client, token)
    if (answer.startsWith('CLYRA_')) return answer
    for (const statement of statements) await client.query(statement)
    await client.query('commit')
    return answer
  } finally {
    await client.end()
  }
}

/** A transaction that has redeemed and noted its change in shop.audit, and is still open. */
export async function inFlight(client: pg.Client, { token, request }: Granted): Promise<pg.Client> {
  await client.query('begin')
  await redeem(client, token)
  await client.query('insert into shop.audit (what) values ($1)', [request.change_id])
  return client
}
