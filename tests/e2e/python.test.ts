// The Python client on real parts: a job that asks, waits, works under its grant with a login of its own, and tells how it ended.
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ChangeView } from '../../core/generated/types.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { killAndAwaitReturn, until } from '../support/kill.ts'
import { checkout, enroll, runProgram, startTestStack, type TestStack } from '../support/stack.ts'

const python = join(checkout, '.venv-python/bin/python')
const suite = existsSync(python) ? describe : describe.skip
const name = existsSync(python) ? 'the Python client' : 'the Python client (no .venv-python: run `make .venv-python/.installed`)'

interface Orders {
  statement: string
  reason: string
  target?: string
  timeout?: number
  spool?: string
  raises?: 'before' | 'after'
  dies?: 'before' | 'after'
  idle?: boolean
  async?: boolean
}

interface End {
  ended: ChangeView | null
  error: string | null
  code: string | null
  text: string
  notes: string[]
}

suite(name, () => {
  let stack: TestStack
  let orders = 100
  const secret = (key: string) => readFileSync(stack.key(key), 'utf8').trim()
  const totalOf = async (order: number) =>
    Number(
      (await stack.story.warehouse<{ total: string }>(`select total_cents as total from shop.orders where order_id = ${order}`))[0]?.total,
    )

  /** A statement nobody asked for before, on `rows` orders; above 100 somebody must approve it. */
  function work(rows = 1): { statement: string; reason: string; order: number } {
    const order = orders
    orders += rows
    const statement = `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id BETWEEN ${order} AND ${order + rows - 1}`
    return { statement, reason: `job-of-order-${order}`, order }
  }

  function job({ statement, reason, ...more }: Orders, gateway = stack.run.gateway) {
    stack.forbid({ secrets: [statement] })
    const env = { ...process.env, CLYRA_GATEWAY: gateway, CLYRA_TOKEN: secret('ana.token'), WAREHOUSE: secret('shop-etl.url') }
    const words = [join(checkout, 'plugins/python/tests/job.py'), JSON.stringify({ statement, reason, ...more })]
    const child = spawn(python, words, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let granted = false
    const ended = new Promise<End>((done, fail) => {
      let end: End | undefined
      createInterface({ input: child.stdout }).on('line', (line) => {
        const said = JSON.parse(line) as End & { granted?: string; token?: string | null }
        if ('granted' in said) granted = true
        else end = said
        if (said.token) stack.forbid({ secrets: [said.token] })
      })
      child.once('error', fail)
      child.once('close', (code) =>
        end === undefined ? fail(new Error(`expected the job to say how it ended, found exit ${code}`)) : done(end),
      )
    })
    return { child, ended, wasGranted: () => granted }
  }

  const named = async (reason: string) => (await stack.story.ana.changes({})).find((change) => change.reason === reason)

  async function waiting(reason: string): Promise<ChangeView> {
    await until(async () => (await named(reason))?.state === 'AWAITING_APPROVAL')
    return (await named(reason)) as ChangeView
  }

  const approve = async ({ change_id }: ChangeView) =>
    expect(
      await stack.story.clyra('approve', change_id, '--key-file', stack.key('ben.pem'), '--token-file', stack.key('ben.token'), '--yes'),
    ).toBe(0)

  beforeAll(async () => {
    stack = await startTestStack()
    await enroll(stack, 'ben')
  }, 60_000)

  afterAll(async () => {
    await stack?.stop()
  }, 60_000)

  test('what policy allows is done under the grant: enforced, once', async () => {
    const { order, ...asked } = work()
    const before = await totalOf(order)
    const end = await job(asked).ended
    expect(end).toMatchObject({ error: null, ended: { state: 'CLOSED', outcome: 'enforced', source: 'python', executor: 'caller' } })
    expect(await totalOf(order)).toBe(before + 1)
    // The same request again is the same change: its work is not done twice.
    expect(await job(asked).ended).toMatchObject({ error: 'AlreadyDone', ended: { change_id: end.ended?.change_id } })
    expect(await totalOf(order)).toBe(before + 1)
  }, 60_000)

  test('the example of the README', async () => {
    const words = [`CLYRA_GATEWAY=${stack.run.gateway}`, `CLYRA_TOKEN=${secret('ana.token')}`, `WAREHOUSE=${secret('shop-etl.url')}`]
    const { code, out, err } = await runProgram('env', [...words, python, join(checkout, 'plugins/python/examples/new_prices.py')])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^chg_\S+ enforced\n$/)
  }, 60_000)

  test('what waits for an approval goes on when it is given, through a restart of the gateway', async () => {
    const [first, second] = [work(150), work(150)]
    const before = [await totalOf(first.order), await totalOf(second.order)]
    const running = [job(first), job({ ...second, async: true })]
    const changes = [await waiting(first.reason), await waiting(second.reason)]
    await killAndAwaitReturn(stack, 'gateway')
    for (const change of changes) await approve(change)
    for (const { ended } of running)
      expect(await ended).toMatchObject({ error: null, ended: { outcome: 'enforced', approvers: ['ben@shop.example'] } })
    expect([await totalOf(first.order), await totalOf(second.order)]).toEqual(before.map((total) => total + 1))
  }, 90_000)

  test('what is denied does not run', async () => {
    const end = await job({ statement: 'TRUNCATE shop.order_items_archive', reason: 'job-denied' }).ended
    expect(end).toMatchObject({ error: 'Denied', code: 'CLYRA_POLICY_DENIED', ended: { outcome: 'denied' } })
  }, 60_000)

  test('a block that raises before COMMIT: failed, nothing applied, and the exception says so', async () => {
    const { order, ...asked } = work()
    const before = await totalOf(order)
    const end = await job({ ...asked, raises: 'before' }).ended
    expect(end).toMatchObject({ error: 'Boom', ended: { outcome: 'failed', code: 'CLYRA_GRANT_WITHDRAWN' } })
    expect(end.notes.join()).toMatch(/ended failed \(CLYRA_GRANT_WITHDRAWN\): nothing was applied/)
    expect(await totalOf(order)).toBe(before)
  }, 60_000)

  test.each([false, true])(
    'a block that raises after COMMIT: enforced, and the exception says so (async %s)',
    async (isAsync) => {
      const { order, ...asked } = work()
      const before = await totalOf(order)
      const end = await job({ ...asked, raises: 'after', async: isAsync }).ended
      expect(end).toMatchObject({ error: 'Boom', ended: { outcome: 'enforced' } })
      expect(end.notes.join()).toMatch(/ended enforced: its work was committed/)
      expect(await totalOf(order)).toBe(before + 1)
    },
    60_000,
  )

  test.each(['before', 'after'] as const)(
    'a job that dies %s COMMIT and runs again: the same change, done once',
    async (when) => {
      const { order, ...asked } = work()
      const before = await totalOf(order)
      expect(await job({ ...asked, dies: when }).ended).toEqual({ died: when })
      expect(await job(asked).ended).toMatchObject({ error: when === 'before' ? null : 'AlreadyDone', ended: { outcome: 'enforced' } })
      expect(await totalOf(order)).toBe(before + 1)
    },
    60_000,
  )

  test('a block that redeems nothing is no success', async () => {
    const { order: _, ...asked } = work()
    const end = await job({ ...asked, idle: true }).ended
    expect(end).toMatchObject({ error: 'Failed', code: 'CLYRA_CLIENT_NOT_REDEEMED', ended: { outcome: 'failed' } })
  }, 60_000)

  test.each([false, true])(
    'an interrupt while waiting withdraws the change (async %s)',
    async (isAsync) => {
      const { order: _, ...asked } = work(150)
      const running = job({ ...asked, async: isAsync })
      const { change_id } = await waiting(asked.reason)
      running.child.kill('SIGINT')
      expect(await running.ended).toMatchObject({ error: 'KeyboardInterrupt' })
      expect(running.wasGranted()).toBe(false)
      expect(await stack.story.ana.change(change_id)).toMatchObject({ outcome: 'cancelled' })
    },
    60_000,
  )

  test('nobody decides in the time the caller has: withdrawn, and told so', async () => {
    const { order: _, ...asked } = work(150)
    const end = await job({ ...asked, timeout: 3 }).ended
    expect(end).toMatchObject({ error: 'Timeout', code: 'CLYRA_CLIENT_TIMEOUT', ended: { outcome: 'cancelled' } })
    expect(end.text).toMatch(/ended cancelled/)
  }, 60_000)

  test('without Clyra nothing runs in gate mode', async () => {
    const { order, ...asked } = work()
    const before = await totalOf(order)
    const running = job(asked, `http://127.0.0.1:${await freePort()}`)
    expect(await running.ended).toMatchObject({ error: 'Unreachable', code: 'CLYRA_API_UNREACHABLE', ended: null })
    expect(running.wasGranted()).toBe(false)
    expect(await totalOf(order)).toBe(before)
  }, 60_000)

  test('without Clyra work in review goes on, and is told late, before the next', async () => {
    await stack.story.warehouse('grant usage on schema staging to etl')
    await stack.story.warehouse('grant select, update on staging.order_imports to etl')
    const home = mkdtempSync(join(tmpdir(), 'clyra-spool-'))
    const spool = join(home, 'spool.jsonl')
    const staged = (n: number) => ({
      statement: `UPDATE staging.order_imports SET status = status WHERE import_id = ${n} AND status <> 'nobody'`,
      reason: `job-staged-${n}`,
      target: 'shop_staging',
      spool,
    })
    const away = `http://127.0.0.1:${await freePort()}`
    for (const n of [1, 2]) {
      const running = job(staged(n), away)
      expect(await running.ended).toMatchObject({ error: null, ended: null })
      expect(running.wasGranted()).toBe(true)
    }
    expect(statSync(spool).mode & 0o777).toBe(0o600)
    expect(await job(staged(3)).ended).toMatchObject({ error: null, ended: { outcome: 'observed', late: false } })
    for (const [n, late] of [true, true, false].entries())
      await until(async () => {
        const change = await named(`job-staged-${n + 1}`)
        return change?.state === 'CLOSED' && change.outcome === 'observed' && change.late === late
      })
    expect(readFileSync(spool, 'utf8')).toBe('')
    rmSync(home, { recursive: true })
  }, 60_000)
})
