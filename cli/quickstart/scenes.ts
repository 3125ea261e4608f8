// The changes of the quickstart, in their order. Each returns what it must have come to; anything else stops the show.
import { join } from 'node:path'
import { v4 as uuid } from 'uuid'
import type { ChangeRequest, ChangeView, DecisionRequestEnvelope } from '../../core/generated/types.ts'
import { signDecision } from '../../evidence/decision.ts'
import { stateDir } from '../../runtime/config.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { oldestCancelled } from './approval.ts'
import type { Story } from './story.ts'

export interface Scene {
  title: string
  outcome: NonNullable<ChangeView['outcome']>
  play(story: Story): Promise<ChangeView>
}

const key = (person: string) => join(stateDir(), 'keys', `${person}.pem`)

const sql = (statement: string, reason: string, more: Partial<ChangeRequest> = {}): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [statement],
  reason,
  source: 'quickstart',
  ...more,
})

export const scenes: Scene[] = [
  {
    title: 'A narrow UPDATE … WHERE: policy allows it, so it runs at once',
    outcome: 'enforced',
    async play({ ask, warehouse }) {
      const [order] = await warehouse<{ id: number }>(`select min(order_id) as id from shop.orders where status = 'paid'`)
      return ask(sql(`UPDATE shop.orders SET status = 'shipped' WHERE order_id = ${order?.id}`, 'parcel left the house'), 'end')
    },
  },
  {
    title: 'A DELETE above the row threshold: waits until ben, a second person, approves it with his own key',
    outcome: 'enforced',
    async play({ ask, follow, clyra, warehouse }) {
      const view = await ask(sql(await deleteSomeOrders(warehouse), 'retention: cancelled orders'), 'verdict')
      await clyra('approve', view.change_id, '--key-file', key('ben'), '--reason', 'as agreed', '--yes')
      return follow(view, 'end')
    },
  },
  {
    title: 'A DELETE without WHERE: denied, the table stays as it was',
    outcome: 'denied',
    async play({ ask, say, warehouse }) {
      const count = async () => (await warehouse<{ n: string }>('select count(*) as n from shop.order_items'))[0]?.n
      const before = await count()
      const view = await ask(sql('DELETE FROM shop.order_items', 'clean up'), 'end')
      const after = await count()
      if (before !== after) throw new Error(`expected ${before} rows in shop.order_items, found ${after}`)
      say(`    shop.order_items: ${before} rows before, ${after} after`)
      return view
    },
  },
  {
    title: 'ALTER TABLE … DROP COLUMN: ana approves her own change (refused, recorded), then ben rejects it',
    outcome: 'rejected',
    async play({ ask, follow, clyra, say, warehouse }) {
      const statement = 'ALTER TABLE shop.customers DROP COLUMN legacy_segment'
      const view = await ask(sql(statement, 'nobody reads it', { role: 'ddl' }), 'verdict')
      await clyra('approve', view.change_id, '--key-file', key('ana'), '--yes')
      await clyra('reject', view.change_id, '--key-file', key('ben'), '--reason', 'marketing still reads it', '--yes')
      const end = await follow(view, 'end')
      const column = `select from information_schema.columns where table_schema = 'shop' and table_name = 'customers' and column_name = 'legacy_segment'`
      if ((await warehouse(column)).length !== 1) throw new Error('expected the column legacy_segment to be there still')
      say('    shop.customers.legacy_segment is still there')
      return end
    },
  },
  {
    title: 'An approved change whose stored payload is swapped for another valid ciphertext: nothing runs',
    outcome: 'failed',
    async play({ ana, ask, follow, say, store, warehouse }) {
      const statement = await deleteSomeOrders(warehouse)
      const view = await ask(sql(statement, 'retention: next part'), 'verdict')
      const other = await ask(sql(`${statement} AND customer_id > 0`, 'a payload to swap in'), 'verdict')
      const envelope = await sign(ana, view.change_id)
      const swapped = await store(
        'update clyra.payloads a set sealed = b.sealed from clyra.payloads b where a.digest = $1 and b.digest = $2',
        [view.payload_digest, other.payload_digest],
      )
      say(`    the owner of the store swaps ${swapped} ciphertext behind Clyra's back, then ben's signed approval arrives`)
      await ana.decide(view.change_id, envelope)
      const end = await follow(view, 'end')
      say('    the other change is not needed any more and is cancelled')
      await ana.cancel(other.change_id, 'only needed for its ciphertext')
      await follow(other, 'end')
      return end
    },
  },
  {
    title: 'A change on a target in review: nothing is held up, the verdict that would have been is in the evidence',
    outcome: 'observed',
    async play({ ask, say, warehouse }) {
      const statement = `UPDATE staging.order_imports SET status = 'loaded'`
      const view = await ask(sql(statement, 'nightly import', { target: 'shop_staging' }), 'end')
      await warehouse(statement)
      say(`    the script did its work itself; policy would have said: ${view.verdict?.outcome}`)
      return view
    },
  },
  {
    title: 'A nightly job does its work itself: ana asks for it, the job redeems a grant inside its own transaction',
    outcome: 'enforced',
    async play({ ana, ask, follow, job, say, warehouse }) {
      const statement = 'UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = 7'
      const price = async () =>
        (await warehouse<{ price: string }>('select price_cents as price from shop.products where product_id = 7'))[0]?.price
      const before = await price()
      const view = await ask(sql(statement, 'prices of the week', { executor: 'caller' }), 'grant')
      const grant = await ana.grant(view.change_id, 'etl')
      say(`    ana gets a grant for the login etl, good until ${grant.expires_at}`)
      await job(['select clyra_guard.redeem($1)', [grant.token]], [statement])
      say('    etl, in one transaction: begin; select clyra_guard.redeem($1); UPDATE shop.products …; commit')
      say('    ana reports that it is done; the warehouse is asked whether it is')
      const end = await follow(await ana.complete(view.change_id), 'end')
      say(`    shop.products 7: price ${before} before, ${await price()} after; the evidence says "enforcement": "observed"`)
      return end
    },
  },
]

// The oldest 200 cancelled orders that are left, so that a second run finds others.
const deleteSomeOrders = async (warehouse: Story['warehouse']): Promise<string> =>
  `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id <= ${await oldestCancelled(warehouse)}`

// Ben signs before the swap; his approval is honest and what it approves is not what is stored any more.
async function sign(client: Story['ana'], changeId: string): Promise<DecisionRequestEnvelope> {
  const view = await client.approval(changeId)
  const said = {
    decision: 'approve' as const,
    person: 'ben@shop.example',
    reason: 'as agreed',
    decision_id: uuid(),
    signed_at: new Date().toISOString(),
  }
  return JSON.parse(
    await signDecision({ change_id: changeId, binding: view.binding, ...said }, await fileSigner(key('ben'))),
  ) as DecisionRequestEnvelope
}
