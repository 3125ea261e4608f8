import { createHash, verify } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ChangeView, ReceiptsView } from '../../core/generated/types.ts'
import { receiptKey, tenantStream } from '../../core/receipts.ts'
import { askForApproval, close, digestOf, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
})
afterAll(() => gateway.stop())

async function submit(key: string): Promise<string> {
  const payload = { kind: 'sql', target: 'shop', statements: ['select 1'] }
  const response = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })
  return response.json<ChangeView>().change_id
}

const worker = { actor: 'clyra-worker', person: null }

/** What a worker writes into the tenant's log when it seals, between other receipts of it. */
async function seal(change_id: string, attempt = 1): Promise<void> {
  const body = { change_id, attempt, bundle_id: digestOf('b'), start: 0, end: 3, root: digestOf('c'), outcome: 'expired' }
  await gateway.ledger.modes.set('default', 'shop', 'review', null, 'between', worker)
  const entry = { key: receiptKey.sealed(change_id, attempt), kind: 'bundle_sealed', actor: worker, body }
  await gateway.ledger.log.append(tenantStream('default'), [entry])
}

async function ended(key: string): Promise<string> {
  const id = await submit(key)
  await askForApproval(gateway.ledger, 'default', id)
  await close(gateway.ledger, 'default', id, 'expired')
  return id
}

interface Page {
  changes: ChangeView[]
  after: null
  sealed_after: number
}
const sealedAfter = async (from: number, query = ''): Promise<Page> =>
  (await gateway.call(ana, { url: `/v1/changes?sealed_after=${from}${query}` })).json()
const ids = ({ changes }: Page) => changes.map(({ change_id }) => change_id)

describe('what was sealed', () => {
  test('comes in the order of sealing, page by page, and nothing more until something is sealed', async () => {
    expect(await sealedAfter(0)).toEqual({ changes: [], after: null, sealed_after: 0 })
    const [first, second, third] = [await ended('first'), await ended('second'), await ended('third')] as const
    for (const id of [third, first, second]) await seal(id)
    expect(ids(await sealedAfter(0))).toEqual([third, first, second])
    const page = await sealedAfter(0, '&limit=2')
    expect(ids(page)).toEqual([third, first])
    const rest = await sealedAfter(page.sealed_after, '&limit=2')
    expect(ids(rest)).toEqual([second])
    expect(await sealedAfter(rest.sealed_after)).toEqual({ changes: [], after: null, sealed_after: rest.sealed_after })
    await gateway.ledger.modes.set('default', 'shop', 'review', null, 'no seal', worker)
    expect((await sealedAfter(rest.sealed_after)).sealed_after).toBe(rest.sealed_after)
    expect((await sealedAfter(0)).changes[0]).toMatchObject({ state: 'CLOSED', outcome: 'expired', bundle_id: digestOf('b') })
  })

  test('has a change of two attempts once a page, at its last place', async () => {
    const { sealed_after } = await sealedAfter(0)
    const twice = await ended('twice')
    await seal(twice)
    const once = await ended('once')
    await seal(once)
    await ended('twice')
    await seal(twice, 2)
    const page = await sealedAfter(sealed_after)
    expect(ids(page)).toEqual([once, twice])
    expect(page.changes[1]?.attempt).toBe(2)
    expect(ids(await sealedAfter(sealed_after, '&limit=1'))).toEqual([twice])
  })

  test.each(['&after=0', '&state=CLOSED', '&limit=0', '&sealed_after=1'])(
    'is asked for by one place, with a limit at most: %s',
    async (query) => {
      const response = await gateway.call(ana, { url: `/v1/changes?sealed_after=0${query}` })
      expect([response.statusCode, problemIn(response).code]).toEqual([400, 'CLYRA_API_INVALID'])
    },
  )
})

describe('receipts', () => {
  const receipts = async (id: string): Promise<ReceiptsView> => (await gateway.call(ana, { url: `/v1/changes/${id}/receipts` })).json()

  // RFC 6962 §2.1, written down once more.
  const sha = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
  function root(leaves: readonly string[]): Buffer {
    if (leaves.length === 0) return sha()
    if (leaves.length === 1) return sha(Buffer.of(0), Buffer.from(leaves[0] ?? ''))
    const half = 2 ** Math.floor(Math.log2(leaves.length - 1))
    return sha(Buffer.of(1), root(leaves.slice(0, half)), root(leaves.slice(half)))
  }

  test.each([
    ['that nobody has taken up', 0, async () => {}],
    ['that waits', 2, async (id: string) => void (await askForApproval(gateway.ledger, 'default', id))],
    [
      'that has ended',
      6,
      async (id: string) => {
        await askForApproval(gateway.ledger, 'default', id)
        await close(gateway.ledger, 'default', id, 'expired')
      },
    ],
  ])('of a change %s are the stored lines, under a checkpoint of exactly them', async (name, count, go) => {
    const id = await submit(`receipts ${name}`)
    await go(id)
    const { change_id, lines, checkpoint } = await receipts(id)
    expect([change_id, lines.length]).toEqual([id, count])
    expect(lines.map((line) => JSON.parse(line).seq)).toEqual(lines.map((_, seq) => seq))
    const [text = '', signature = ''] = checkpoint.split('\n\n')
    expect(text.split('\n')).toEqual([`log.example/change/${id}`, String(count), root(lines).toString('base64')])
    const signed = Buffer.from(signature.trimEnd().split(' ')[2] ?? '', 'base64').subarray(4)
    expect(verify(null, Buffer.from(`${text}\n`), { key: Buffer.from(gateway.logKey), format: 'der', type: 'spki' }, signed)).toBe(true)
  })
})
