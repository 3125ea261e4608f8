import { afterEach, describe, expect, test } from '@jest/globals'
import { createClient } from './client.ts'
import { changeId, changeView, type FakeGateway, fakeGateway, problem, type Routes } from './testing/fake-gateway.ts'

let gateway: FakeGateway | undefined
afterEach(async () => {
  await gateway?.close()
  gateway = undefined
})
const clientOf = async (routes: Routes) => {
  gateway = await fakeGateway(routes)
  return { client: createClient({ base: gateway.url, token: 'secret-token' }), asked: gateway.asked }
}

describe('the client', () => {
  test('sends the site key, the token and the request, and reads the view', async () => {
    const { client, asked } = await clientOf({ 'POST /v1/changes': { status: 202, body: changeView() } })
    const view = await client.submit({ kind: 'sql', target: 'shop', statements: ['SELECT 1'] }, 'key-1')
    expect(view).toEqual(changeView())
    expect(asked[0]).toMatchObject({ body: { kind: 'sql', target: 'shop', statements: ['SELECT 1'] } })
    expect(asked[0]?.headers).toMatchObject({ 'idempotency-key': 'key-1', authorization: 'Bearer secret-token' })
  })

  test('walks every page of a list, and stops at the limit', async () => {
    const page = (first: number, count: number, after: number | null) => ({
      changes: Array.from({ length: count }, (_, index) => changeView({ seq: first + index })),
      after,
    })
    const routes = {
      'GET /v1/changes': ({ path }: { path: string }) => (path.includes('after=0') ? page(1, 2, 2) : page(3, 1, null)),
    }
    const { client, asked } = await clientOf(routes as Routes)
    expect((await client.changes({ state: 'OPEN' })).map(({ seq }) => seq)).toEqual([1, 2, 3])
    expect(asked.map(({ path }) => path)).toEqual(['/v1/changes?after=0&limit=100&state=OPEN', '/v1/changes?after=2&limit=100&state=OPEN'])
    expect(await client.changes({ limit: 2 })).toHaveLength(2)
    expect(asked.at(-1)?.path).toBe('/v1/changes?after=0&limit=2')
  })

  test('a problem becomes an error with its code and faults', async () => {
    const faults = [{ pointer: '/target', detail: 'is required' }]
    const { client } = await clientOf({
      [`GET /v1/changes/${changeId}`]: { status: 400, body: problem('CLYRA_API_INVALID', 400, 'expected more', faults) },
    })
    await expect(client.change(changeId)).rejects.toMatchObject({ code: 'CLYRA_API_INVALID', message: 'expected more', faults })
  })

  test.each([
    ['a page that is not JSON', { status: 200, body: '<html>' }],
    ['an error that is no problem', { status: 500, body: '<html>' }],
    ['a problem with a code nobody knows', { status: 500, body: problem('CLYRA_NO_SUCH_CODE', 500, 'x') }],
  ])('%s is a bad answer', async (_name, answer) => {
    const { client } = await clientOf({ [`GET /v1/changes/${changeId}`]: answer })
    await expect(client.change(changeId)).rejects.toMatchObject({ code: 'CLYRA_CLI_BAD_ANSWER' })
  })

  test('nobody there is unreachable', async () => {
    const { client } = await clientOf({})
    await gateway?.close()
    gateway = undefined
    await expect(client.targets()).rejects.toMatchObject({ code: 'CLYRA_API_UNREACHABLE' })
  })
})
