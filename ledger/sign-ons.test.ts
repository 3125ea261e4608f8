import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { startTestLedger, type TestLedger } from '../tests/support/ledger.ts'

let world: TestLedger
beforeAll(async () => {
  world = await startTestLedger()
}, 60_000)
afterAll(() => world?.stop())

const limit = (person: string) => ({ person, most: 3, within: 600 })
const rows = async (sql: string): Promise<Record<string, unknown>[]> => {
  const client = new pg.Client({ connectionString: world.adminUrl })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

test('what is kept is sealed, taken once by one of many, and leaves nothing behind', async () => {
  const { signOns } = world.ledger
  await signOns.keep('a', 'one', 'canary of a verifier', 60)
  const [stored] = await rows(`select encode(sealed, 'escape') as sealed from clyra.sign_ons where id = 'one'`)
  expect(stored?.sealed).not.toContain('canary')
  const taken = await Promise.all(Array.from({ length: 10 }, () => signOns.take('a', 'one')))
  expect(taken.filter((text) => text !== null)).toEqual(['canary of a verifier'])
  expect(await rows(`select sealed from clyra.sign_ons where id = 'one'`)).toEqual([{ sealed: null }])
})

test('nobody takes what is over, what is another tenant’s, or what was never kept', async () => {
  const { signOns } = world.ledger
  await signOns.keep('a', 'over', 'text', 0)
  await signOns.keep('a', 'mine', 'text', 60)
  expect([await signOns.take('a', 'over'), await signOns.take('b', 'mine'), await signOns.take('a', 'none')]).toEqual([null, null, null])
  expect(await signOns.take('a', 'mine')).toBe('text')
})

test('a person is prompted three times until he settles, whoever is prompted beside him', async () => {
  const { signOns } = world.ledger
  const prompt = (person: string, id: string) => signOns.prompt('a', `${person}-${id}`, 'text', 60, limit(person))
  const asked = []
  for (const id of ['1', '2', '3', '4']) asked.push(await prompt('ben', id))
  expect(asked).toEqual([true, true, true, false])
  expect(await signOns.take('a', 'ben-4')).toBeNull()
  expect(await prompt('cara', '1')).toBe(true)
  expect(await signOns.prompt('b', 'ben-1', 'text', 60, limit('ben'))).toBe(true)
  await signOns.settle('a', 'ben')
  expect(await prompt('ben', '5')).toBe(true)
})

test('what was refused does not lock for longer, and old prompts count no more', async () => {
  const { signOns } = world.ledger
  const prompt = (id: string) => signOns.prompt('a', `dora-${id}`, 'text', 60, limit('dora'))
  for (const id of ['1', '2', '3', '4', '5']) await prompt(id)
  await rows(`update clyra.sign_ons set begun_at = begun_at - interval '11 minutes' where person = 'dora'`)
  expect(await prompt('6')).toBe(true)
})

test('rows are gone an hour later', async () => {
  await rows(`update clyra.sign_ons set begun_at = begun_at - interval '2 hours'`)
  await world.ledger.signOns.keep('a', 'fresh', 'text', 60)
  expect(await rows('select id from clyra.sign_ons')).toEqual([{ id: 'fresh' }])
})
