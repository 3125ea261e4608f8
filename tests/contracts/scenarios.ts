// What callers of the API go through, played against a running stack. Each scenario becomes one contract file.

import type { Client } from '../../cli/client.ts'
import type { ChangeRequest, ChangeView, GrantView } from '../../core/generated/types.ts'
import type { TestStack } from '../support/stack.ts'

type Caller = 'ana' | 'pipeline' | 'admin' | 'ben' | 'nobody'

export interface Play {
  stack: TestStack
  /** Another client of the same stack, for what is not recorded. */
  admin: Client
  /** What is looked up and not recorded. */
  look<T>(path: string): Promise<T>
  /** Sends a request as it is and records it with its answer. */
  ask<T>(caller: Caller, method: 'GET' | 'POST', path: string, body?: unknown, headers?: Record<string, string>): Promise<T>
}

const request = (statement: string, more: Partial<ChangeRequest> = {}): ChangeRequest => ({
  kind: 'sql',
  target: 'shop',
  statements: [statement],
  reason: 'nightly_orders 2026-01-01',
  source: 'airflow',
  claimed_person: 'dee@shop.example',
  ...more,
})
const small = (order: number, more?: Partial<ChangeRequest>) =>
  request(`UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`, more)
const large = (above: number, more?: Partial<ChangeRequest>) =>
  request(`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${above}`, more)
const byCaller = (product: number): ChangeRequest =>
  request(`UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = ${product}`, {
    executor: 'caller',
    limits: { grant_seconds: 600 },
  })

const of = ({ change_id }: Pick<ChangeView, 'change_id'>): string => `/v1/changes/${change_id}`
const submit = ({ ask }: Play, body: ChangeRequest, siteKey: string) =>
  ask<ChangeView>('pipeline', 'POST', '/v1/changes', body, { 'idempotency-key': siteKey })
/** Records how it stands once it has come there, as a long poll of one who knows `since` is told. */
async function seen({ stack, ask }: Play, view: ChangeView, until: 'verdict' | 'grant' | 'end', since = 0): Promise<ChangeView> {
  await stack.story.follow(view, until)
  return ask<ChangeView>('pipeline', 'GET', `${of(view)}?wait=50&since=${since}`)
}
async function waiting(play: Play, above: number, siteKey: string, more?: Partial<ChangeRequest>): Promise<ChangeView> {
  return seen(play, await submit(play, large(above, more), siteKey), 'verdict')
}
const decide = ({ stack: { story, key } }: Play, word: 'approve' | 'reject', { change_id }: ChangeView) =>
  story.clyra(word, change_id, '--key-file', key('ben.pem'), '--reason', 'looked at it', '--yes')
async function granted(play: Play, product: number, siteKey: string): Promise<{ view: ChangeView; grant: GrantView }> {
  const view = await seen(play, await submit(play, byCaller(product), siteKey), 'grant')
  const grant = await play.ask<GrantView>('pipeline', 'POST', `${of(view)}/grant`, { login: 'etl' })
  play.stack.forbid({ secrets: [grant.token] })
  return { view, grant }
}

/** By name of the file, in the order they are played: what is done to a table shows in later verdicts. */
export const scenarios: Readonly<Record<string, (play: Play) => Promise<void>>> = {
  async allowed(play) {
    const key = 'airflow:nightly_orders:scheduled__2026-01-01:allowed:-1'
    const view = await submit(play, small(50), key)
    await seen(play, view, 'end')
    await submit(play, small(50), key)
    await play.ask('pipeline', 'GET', of(view))
  },
  async approved(play) {
    const view = await waiting(play, 1100, 'airflow:nightly_orders:scheduled__2026-01-01:approved:-1')
    await decide(play, 'approve', view)
    await seen(play, view, 'end', view.version)
  },
  async found(play) {
    const key = { 'idempotency-key': 'airflow:nightly_orders:scheduled__2026-01-01:found:-1' }
    const find = () => play.ask('pipeline', 'POST', '/v1/requests/find', large(1065), key)
    await find()
    const view = await waiting(play, 1065, key['idempotency-key'])
    await find()
    await play.admin.cancel(view.change_id, 'it was wanted no more')
    await play.stack.story.follow(view, 'end')
  },
  async denied(play) {
    const view = await submit(play, request('DELETE FROM shop.orders'), 'airflow:nightly_orders:scheduled__2026-01-01:denied:-1')
    await seen(play, view, 'end')
  },
  async rejected(play) {
    const view = await waiting(play, 1090, 'airflow:nightly_orders:scheduled__2026-01-01:rejected:-1')
    await decide(play, 'reject', view)
    await seen(play, view, 'end', view.version)
  },
  async expired(play) {
    // Its gate is open for two seconds: too short to be looked at for certain.
    const view = await submit(play, large(1080, { target: 'shop_hasty' }), 'airflow:nightly_orders:scheduled__2026-01-01:expired:-1')
    await seen(play, view, 'end')
  },
  async cancelled(play) {
    const view = await waiting(play, 1070, 'airflow:nightly_orders:scheduled__2026-01-01:cancelled:-1')
    await play.ask('pipeline', 'POST', `${of(view)}/cancel`, { reason: 'the task was killed' })
    await seen(play, view, 'end', view.version)
    await play.ask('pipeline', 'POST', `${of(view)}/cancel`, { reason: 'the task was killed' })
  },
  async caller(play) {
    const { view, grant } = await granted(play, 21, 'dagster:run-1:prices:-')
    const [statement = ''] = byCaller(21).statements
    await play.stack.story.job(['select clyra_guard.redeem($1)', [grant.token]], [statement])
    await play.ask('pipeline', 'POST', `${of(view)}/complete`)
    await seen(play, view, 'end', view.version)
  },
  async caller_not_redeemed(play) {
    const { view } = await granted(play, 22, 'dagster:run-1:nothing:-')
    await play.ask('pipeline', 'POST', `${of(view)}/complete`)
    await play.ask('pipeline', 'POST', `${of(view)}/cancel`, { reason: 'the block failed' })
    await seen(play, view, 'end', view.version)
  },
  async late(play) {
    const late = { claimed_at: '2026-01-01T00:00:00.000Z', lost: 2 }
    const observed = await submit(play, small(51, { target: 'shop_staging', late }), 'airflow:nightly_orders:scheduled__2026-01-01:late:-1')
    await seen(play, observed, 'end')
    const denied = await submit(play, small(51, { late }), 'airflow:nightly_orders:scheduled__2026-01-01:late_gate:-1')
    await seen(play, denied, 'end')
  },
  async frozen(play) {
    await play.admin.freeze({ target: 'shop', frozen: true, reason: 'three in the morning' })
    const view = await seen(play, await submit(play, byCaller(23), 'dagster:run-1:frozen:-'), 'end')
    await play.ask('pipeline', 'POST', `${of(view)}/grant`, { login: 'etl' })
    await play.admin.freeze({ target: 'shop', frozen: false, reason: 'all is well' })
  },
  async evidence(play) {
    const view = await waiting(play, 1060, 'airflow:nightly_orders:scheduled__2026-01-01:evidence:-1')
    await play.ask('pipeline', 'GET', `${of(view)}/evidence`)
    await decide(play, 'approve', view)
    await seen(play, view, 'end', view.version)
    await play.ask('pipeline', 'GET', `${of(view)}/evidence`)
  },
  async receipts(play) {
    const view = await seen(play, await submit(play, small(52), 'temporal:default:orders:run-1:receipts'), 'end')
    await play.ask('pipeline', 'GET', `${of(view)}/receipts`)
  },
  async listed(play) {
    const view = await seen(play, await submit(play, small(55), 'airflow:nightly_orders:scheduled__2026-01-01:listed:-1'), 'end')
    for (const query of [`after=${view.seq - 1}&limit=1`, `after=${view.seq - 1}&limit=1&state=CLOSED`, `after=${view.seq}&limit=50`])
      await play.ask('pipeline', 'GET', `/v1/changes?${query}`)
  },
  async problems({ ask }) {
    const unknown = of({ change_id: `chg_${'z'.repeat(26)}` })
    const key = { 'idempotency-key': 'airflow:nightly_orders:scheduled__2026-01-01:problems:-1' }
    await ask('nobody', 'GET', unknown)
    await ask('ben', 'POST', '/v1/changes', small(56), key)
    await ask('pipeline', 'POST', '/v1/changes', { kind: 'sql', statements: [''], limits: { max_rows: -1 }, surprise: true })
    await ask('pipeline', 'POST', '/v1/changes', small(56, { target: 'nowhere' }), key)
    await ask('pipeline', 'GET', unknown)
    await ask('pipeline', 'GET', `${unknown}/receipts`)
    await ask('pipeline', 'GET', `${unknown}?wait=61&since=-1`)
  },
  async sealed({ stack, ask, look }) {
    const page = (after: number, limit: number) =>
      ask<{ sealed_after: number }>('pipeline', 'GET', `/v1/changes?sealed_after=${after}&limit=${limit}`)
    let from = 0
    for (let more = true; more; ) {
      const page = await look<{ changes: unknown[]; sealed_after: number }>(`/v1/changes?sealed_after=${from}&limit=100`)
      from = page.sealed_after
      more = page.changes.length > 0
    }
    for (const order of [53, 54]) await stack.story.follow(await stack.story.ana.submit(small(order), `sealed-${order}`), 'end')
    for (let pages = 0; pages < 3; pages += 1) from = (await page(from, 1)).sealed_after
    await ask('pipeline', 'GET', '/v1/changes?sealed_after=0&after=0')
  },
}
