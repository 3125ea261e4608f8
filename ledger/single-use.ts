// Things that may happen once.
import { only, type Statement, type Store } from './store.ts'
import type { SingleUse } from './types.ts'

const claim: Statement = {
  name: 'claim_single_use',
  text: 'insert into clyra.single_use (tenant, purpose, id, owner) values ($1, $2, $3, $4) on conflict do nothing returning owner',
}
const ownerOf: Statement = {
  name: 'owner_of_single_use',
  text: 'select owner from clyra.single_use where tenant = $1 and purpose = $2 and id = $3',
}

// The next free place; whoever takes the same one at the same moment, one of them alone gets it.
const take: Statement = {
  name: 'take_place',
  text: `
    with held as (
      select count(*) as taken, coalesce(bool_or(owner = $3), false) as mine from clyra.single_use where tenant = $1 and purpose = $2
    ), fresh as (
      insert into clyra.single_use (tenant, purpose, id, owner)
      select $1, $2, taken, $3 from held where not mine and taken < $4
      on conflict do nothing returning 1
    )
    select mine or exists (select from fresh) as mine, taken >= $4 as full from held`,
}

/** `consume` is true for the first owner, whenever he comes, and false for everybody else. */
export const openSingleUse = (store: Store): SingleUse => ({
  async consume(tenant, purpose, id, owner) {
    const claimed = await store.query(claim, [tenant, purpose, id, owner])
    if (claimed.length > 0) return true
    return only(await store.query<{ owner: string }>(ownerOf, [tenant, purpose, id])).owner === owner
  },
  async takePlace(tenant, purpose, owner, places) {
    for (;;) {
      const { mine, full } = only(await store.query<{ mine: boolean; full: boolean }>(take, [tenant, purpose, owner, places]))
      if (mine || full) return mine
    }
  },
})
