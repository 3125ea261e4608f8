// Which attempts approvers were told of, so that each is announced once, by whichever gateway comes first.
import type { Statement, Store } from './store.ts'

/** A message that is to be sent or changed, held by one process for a minute. */
export interface NoticeClaim {
  change_id: string
  attempt: number
  target: string
  /** Version of the change when it was claimed. */
  version: number
  /** Where the message is, or null when none is known to have been sent. */
  reference: string | null
}

/** Which attempts approvers were told of, and which state of them. No receipts: what was said outside decides nothing. */
export interface Notices {
  /** The next attempt of the tenant whose message is missing or old, or null. Nobody else is given it until it is told or the minute is over. */
  claim(tenant: string): Promise<NoticeClaim | null>
  /** Gives a claim back, the message as it was. */
  release(tenant: string, claim: NoticeClaim): Promise<void>
  /** The message shows the claimed version; `done`: it is left alone from now on. */
  told(tenant: string, claim: NoticeClaim, reference: string | null, done: boolean): Promise<void>
}

// The claim stands before the message is sent: a process that dies in between leaves it to the next one when the minute is over.
// Longer than a call to the outside may take.
const heldFor = `interval '1 minute'`

const claim: Statement = {
  name: 'claim_notice',
  text: `
    with due as (
      (select c.change_id, c.attempt from clyra.changes c left join clyra.notices n using (change_id, attempt)
       where c.tenant = $1 and c.state = 'AWAITING_APPROVAL'
         and (n.change_id is null or (n.reference is null and not n.done and n.claimed_until < clock_timestamp()))
       order by c.seq limit 1)
      union all
      (select n.change_id, n.attempt from clyra.notices n join clyra.changes c using (change_id)
       where n.tenant = $1 and c.tenant = $1 and not n.done and n.reference is not null and n.claimed_until < clock_timestamp()
         and c.version > n.told
       limit 1)
      limit 1
    ), claimed as (
      insert into clyra.notices as n (tenant, change_id, attempt, claimed_until)
      select $1, change_id, attempt, clock_timestamp() + ${heldFor} from due
      on conflict (change_id, attempt) do update set claimed_until = excluded.claimed_until
      where n.tenant = excluded.tenant and not n.done and n.claimed_until < clock_timestamp()
      returning change_id, attempt, reference
    )
    select change_id, claimed.attempt, target, version, reference from claimed join clyra.changes using (change_id)`,
}
const release: Statement = {
  name: 'release_notice',
  text: `update clyra.notices set claimed_until = '-infinity' where tenant = $1 and change_id = $2 and attempt = $3`,
}
const told: Statement = {
  name: 'told_notice',
  text: `update clyra.notices set claimed_until = '-infinity', reference = $4, told = $5, done = $6
    where tenant = $1 and change_id = $2 and attempt = $3`,
}

/** Notices over the store; each call is one statement. */
export const openNotices = (store: Store): Notices => ({
  async claim(tenant) {
    const [row] = await store.query<Omit<NoticeClaim, 'version'> & { version: string }>(claim, [tenant])
    return row === undefined ? null : { ...row, version: Number(row.version) }
  },
  async release(tenant, { change_id, attempt }) {
    await store.query(release, [tenant, change_id, attempt])
  },
  async told(tenant, { change_id, attempt, version }, reference, done) {
    await store.query(told, [tenant, change_id, attempt, reference, version, done])
  },
})
