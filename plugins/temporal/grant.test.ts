// The grant of a governed activity, behind the gate.
import { describe, expect, test } from '@jest/globals'
import { governed, grant } from './index.ts'
import { answering, refused, under } from './testing/gated.ts'
import { problem, type TestGateway } from './testing/gateway.ts'
import { receiptsOf } from './testing/log.ts'
import { gateway } from './testing/started.ts'
import { atWork, changeEntry, changeId, entry } from './testing/story.ts'

describe('a grant', () => {
  const granting = governed(async (_order: number) => grant('etl'), { change: 'raise', args: (order) => ({ order }) })
  const answeringGrant = async (answer: ReturnType<TestGateway['answers']>) => {
    const view = await receiptsOf(changeId, atWork())
    gateway.answers = (line) => (line.endsWith('/grant') ? answer : { body: view })
  }

  test('is of the change the gate let through', async () => {
    await answeringGrant({ body: { token: 'clg_x' } })
    expect(await under().run(granting, 7)).toEqual({ change_id: changeId, state: 'granted', token: 'clg_x' })
    expect(gateway.asked.at(-1)).toMatchObject({ line: `POST /v1/changes/${changeId}/grant`, body: { login: 'etl' } })
  })

  test('once redeemed, the work of an earlier try stands', async () => {
    await answeringGrant(problem(409, 'CLYRA_GRANT_REDEEMED'))
    expect(await under().run(granting, 7)).toEqual({ change_id: changeId, state: 'redeemed', token: null })
  })

  test.each([
    ['CLYRA_GRANT_IN_USE', 'ClyraUnreachable'],
    ['CLYRA_API_FORBIDDEN', 'ClyraRefused'],
  ])('%s: %s', async (code, type) => {
    await answeringGrant(problem(409, code))
    await expect(under().run(granting, 7)).rejects.toEqual(expect.objectContaining({ type, details: [{ code }] }))
  })

  test('in review there is none, and none is asked for', async () => {
    await answering([changeEntry({ mode: 'review' }), entry('verdict', 0), entry('outcome', 0, { outcome: 'observed' })])
    expect(await under().run(granting, 7)).toEqual({ change_id: changeId, state: 'review', token: null })
    expect(gateway.asked).toHaveLength(1)
  })

  test('is for governed activities alone', async () => {
    await expect(under().run(() => grant('etl'))).rejects.toEqual(refused('CLYRA_TEMPORAL_NO_GATE'))
    await expect(grant('etl')).rejects.toEqual(refused('CLYRA_TEMPORAL_NO_GATE'))
  })
})
