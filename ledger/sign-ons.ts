// Sign-ons under way, and how many a person was asked for lately. Sealed, short-lived and taken once: no receipts, no evidence.
import { openPayload, sealPayload } from './payloads.ts'
import { only, type Statement, type Store } from './store.ts'

/** Texts the door keeps from everybody while a person is away to sign on. */
export interface SignOns {
  /** Seals a text for `seconds`. */
  keep(tenant: string, id: string, text: string, seconds: number): Promise<void>
  /** The same for a person who is asked to sign on; false, and nothing is kept, when he was asked more than `most` times `within` seconds. */
  prompt(
    tenant: string,
    id: string,
    text: string,
    seconds: number,
    limit: { person: string; most: number; within: number },
  ): Promise<boolean>
  /** The text, once; null when it was never kept, was taken, or its time is over. */
  take(tenant: string, id: string): Promise<string | null>
  /** The person came to a decision: what he was asked so far counts no more. */
  settle(tenant: string, person: string): Promise<void>
}

// Longer than any of them counts or lasts.
const put: Statement = {
  name: 'put_sign_on',
  text: `
    with gone as (delete from clyra.sign_ons where begun_at < clock_timestamp() - interval '1 hour')
    insert into clyra.sign_ons (tenant, id, person, sealed, expires_at)
    values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))`,
}
const count: Statement = {
  name: 'count_sign_ons',
  text: `select count(*)::int as found from clyra.sign_ons
    where tenant = $1 and person = $2 and not settled and begun_at > clock_timestamp() - make_interval(secs => $3)`,
}
const drop: Statement = { name: 'drop_sign_on', text: 'delete from clyra.sign_ons where tenant = $1 and id = $2' }
const take: Statement = {
  name: 'take_sign_on',
  text: `
    with held as (
      select id, sealed from clyra.sign_ons
      where tenant = $1 and id = $2 and sealed is not null and expires_at > clock_timestamp() for update
    )
    update clyra.sign_ons s set sealed = null from held where s.tenant = $1 and s.id = held.id returning held.sealed`,
}
const settle: Statement = {
  name: 'settle_sign_ons',
  text: 'update clyra.sign_ons set settled = true where tenant = $1 and person = $2 and not settled',
}

/** Sign-ons over the store, sealed under the tenant key. */
export const openSignOns = (store: Store, tenantKey: Uint8Array): SignOns => ({
  async keep(tenant, id, text, seconds) {
    await store.query(put, [tenant, id, null, sealPayload(tenantKey, new TextEncoder().encode(text)), seconds])
  },
  async prompt(tenant, id, text, seconds, { person, most, within }) {
    await store.query(put, [tenant, id, person, sealPayload(tenantKey, new TextEncoder().encode(text)), seconds])
    // Counted after its own row stands: of many at once none overlooks those before it.
    const { found } = only(await store.query<{ found: number }>(count, [tenant, person, within]))
    if (found <= most) return true
    await store.query(drop, [tenant, id])
    return false
  },
  async take(tenant, id) {
    const [row] = await store.query<{ sealed: Buffer }>(take, [tenant, id])
    return row === undefined ? null : new TextDecoder().decode(openPayload(tenantKey, row.sealed))
  },
  async settle(tenant, person) {
    await store.query(settle, [tenant, person])
  },
})
