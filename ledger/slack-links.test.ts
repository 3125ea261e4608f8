import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { tenantStream } from '../core/receipts.ts'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'
import type { SlackLinks, SlackUser } from './slack-links.ts'

let store: TestLedger
let links: SlackLinks
beforeAll(async () => {
  store = await startTestLedger()
  links = store.ledger.slackLinks
})
afterAll(() => store?.stop())

const tenant = 'default'
const actor = { actor: 'slack', person: null }
let users = 0
const fresh = (): SlackUser => ({ team_id: 'T000000001', user_id: `U0000000${++users}` })
const asPerson = (user: SlackUser, name: string) => ({
  ...user,
  person: `${name}@shop.example`,
  subject_id: Buffer.from(name).toString('hex').padEnd(64, '0'),
})
const conflict = { code: 'CLYRA_LEDGER_CONFLICT' }

test('a link stands for 90 days by the store’s clock, and is a receipt', async () => {
  const user = fresh()
  expect(await links.find(tenant, user)).toBeNull()
  const link = await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  expect(link).toMatchObject({ ...asPerson(user, 'ben'), unlinked_at: null, generation: 1 })
  expect((Date.parse(link.expires_at) - Date.parse(link.linked_at)) / 86_400_000).toBeCloseTo(90, 3)
  expect(await links.find(tenant, user)).toEqual(link)
  expect((await store.ledger.log.read(tenantStream(tenant))).at(-1)?.receipt).toMatchObject({ kind: 'slack_linked', actor })
})

test('a lost answer: the same link may come again, and is one', async () => {
  const user = fresh()
  const first = await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  expect(await links.link(tenant, asPerson(user, 'ben'), 0, actor)).toEqual(first)
})

test('rebinding race: of ten links of one user at once one wins', async () => {
  const user = fresh()
  const settled = await Promise.allSettled(
    Array.from({ length: 10 }, (_, index) => links.link(tenant, asPerson(user, `p${index}`), 0, actor)),
  )
  const won = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  expect(won).toHaveLength(1)
  expect(await links.find(tenant, user)).toEqual(won[0])
  for (const one of settled) if (one.status === 'rejected') expect(one.reason).toMatchObject(conflict)
})

test('a new link ends the old one, and one asked for before it comes too late', async () => {
  const user = fresh()
  await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  await links.link(tenant, asPerson(user, 'eva'), 1, actor)
  for (const [name, place] of [
    ['mallory', 0],
    ['mallory', 1],
    ['ben', 0],
  ] as const)
    await expect(links.link(tenant, asPerson(user, name), place, actor)).rejects.toMatchObject(conflict)
  expect((await links.find(tenant, user))?.person).toBe('eva@shop.example')
  await expect(links.link(tenant, asPerson(user, 'mallory'), 7, actor)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_NOT_FOUND' })
})

test('unlinked counts no more, whatever was asked for before, until the user is linked anew', async () => {
  const user = fresh()
  await expect(links.unlink(tenant, user, 'nobody', actor)).rejects.toMatchObject({ code: 'CLYRA_LEDGER_NOT_FOUND' })
  await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  const ended = await links.unlink(tenant, user, 'left', actor)
  expect(ended.unlinked_at).not.toBeNull()
  expect(await links.unlink(tenant, user, 'again', actor)).toEqual(ended)
  await expect(links.link(tenant, asPerson(user, 'ben'), 0, actor)).rejects.toMatchObject(conflict)
  await expect(links.link(tenant, asPerson(user, 'ben'), 1, actor)).rejects.toMatchObject(conflict)
  expect((await links.link(tenant, asPerson(user, 'ben'), 2, actor)).unlinked_at).toBeNull()
})

test('unlinked while somebody links: the end is the last word', async () => {
  const user = fresh()
  await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  await Promise.allSettled([links.link(tenant, asPerson(user, 'eva'), 1, actor), links.unlink(tenant, user, 'left', actor)])
  expect((await links.find(tenant, user))?.unlinked_at).not.toBeNull()
})

test('each tenant has its own', async () => {
  const user = fresh()
  await links.link(tenant, asPerson(user, 'ben'), 0, actor)
  expect(await links.find('other', user)).toBeNull()
  expect(await links.list('other')).toEqual([])
})
