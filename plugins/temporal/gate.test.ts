// The gate as a worker has it: the plugin's interceptor, a governed activity, a gateway that answers what the test wants.
import { beforeEach, describe, expect, jest, test } from '@jest/globals'
import { governed } from './index.ts'
import { type Around, environmentOf } from './testing/environment.ts'
import { answering, refused, under } from './testing/gated.ts'
import { problem } from './testing/gateway.ts'
import { type Entry, receiptsOf } from './testing/log.ts'
import { gateway } from './testing/started.ts'
import { atWork, changeEntry, changeId, entry } from './testing/story.ts'

const ran = jest.fn(async (order: number) => `done ${order}`)
const raise = governed(ran, { change: 'raise', args: (order) => ({ order }) })
const toBeTriedAgain = expect.objectContaining({ type: 'ClyraUnreachable', nonRetryable: false })

beforeEach(() => {
  ran.mockClear()
})

test('the change is its caller’s to make: the activity runs, and the gateway was asked once, with the token', async () => {
  await answering(atWork())
  expect(await under().run(raise, 7)).toBe('done 7')
  expect(gateway.asked.map(({ line, headers }) => [line, headers.authorization])).toEqual([
    [`GET /v1/changes/${changeId}/receipts`, 'Bearer a-token-of-the-test'],
  ])
})

describe('refused, and nothing ran', () => {
  const attacks: [string, Around, Entry[], number, string][] = [
    ['no header', {}, atWork(), 7, 'CLYRA_TEMPORAL_NO_CHANGE'],
    ['a header that is no text', { header: { change_id: changeId } }, atWork(), 7, 'CLYRA_TEMPORAL_NO_CHANGE'],
    ['other arguments', { header: changeId }, atWork(), 8, 'CLYRA_TEMPORAL_OTHER_CHANGE'],
    [
      'a change of another target than the registry says',
      { header: changeId },
      atWork().with(0, changeEntry({ target: 'shop_staging' })),
      7,
      'CLYRA_TEMPORAL_OTHER_CHANGE',
    ],
    [
      'a change of more statements than the registry says',
      { header: changeId },
      atWork().with(0, changeEntry({ statements: 2 })),
      7,
      'CLYRA_TEMPORAL_OTHER_CHANGE',
    ],
    ['the header of another workflow', { header: changeId, workflowId: 'other' }, atWork(), 7, 'CLYRA_TEMPORAL_OTHER_CHANGE'],
    [
      'the header of an earlier execution of the same workflow id',
      { header: changeId, runs: () => ({ firstRunId: 'another-first-run', status: 'RUNNING' }) },
      atWork(),
      7,
      'CLYRA_TEMPORAL_OTHER_CHANGE',
    ],
    [
      'a change that was cancelled',
      { header: changeId },
      [...atWork(), entry('outcome', 1, { outcome: 'failed' })],
      7,
      'CLYRA_TEMPORAL_NOT_OPEN',
    ],
    ['a change that waits for approval', { header: changeId }, [changeEntry(), entry('verdict', 0)], 7, 'CLYRA_TEMPORAL_NOT_OPEN'],
  ]
  test.each(attacks)('%s', async (_, around, entries, order, code) => {
    await answering(entries)
    await expect(under(around).run(raise, order)).rejects.toEqual(refused(code))
    expect(ran).not.toHaveBeenCalled()
  })

  test('a foreign change id: its receipts are another stream’s', async () => {
    const foreign = `chg_${'b'.repeat(26)}`
    const view = await receiptsOf(changeId, atWork())
    gateway.answers = () => ({ body: view })
    await expect(under({ header: foreign }).run(raise, 7)).rejects.toEqual(refused('CLYRA_TEMPORAL_LOG'))
    expect(ran).not.toHaveBeenCalled()
  })

  test('an id that would be another path stays one segment', async () => {
    await answering(atWork())
    await expect(under({ header: '../targets' }).run(raise, 7)).rejects.toEqual(refused('CLYRA_API_NOT_FOUND'))
    expect(gateway.asked[0]?.line).toBe('GET /v1/changes/..%2Ftargets/receipts')
  })

  test.each([
    ['nothing of the form', {}],
    ['lines that are no list', { lines: 7, checkpoint: 'x' }],
    ['lines that are no text', { lines: [7], checkpoint: 'x' }],
    ['no checkpoint', { lines: [] }],
  ])('an answer with %s', async (_, body) => {
    gateway.answers = () => ({ body })
    await expect(under().run(raise, 7)).rejects.toEqual(refused('CLYRA_TEMPORAL_LOG'))
    expect(ran).not.toHaveBeenCalled()
  })

  test('a change the registry does not know, or can’t make: what it threw is not repeated', async () => {
    await answering(atWork())
    for (const change of ['nobody', 'broken', 'toString']) {
      const failing = under().run(governed(ran, { change, args: (order) => ({ order }) }), 7)
      await expect(failing).rejects.toEqual(refused('CLYRA_TEMPORAL_CHANGE'))
      await expect(failing).rejects.not.toThrow('secret')
    }
    expect(ran).not.toHaveBeenCalled()
  })

  test('a mark that throws: what it threw is not repeated', async () => {
    await answering(atWork())
    const args = () => {
      throw new Error('a secret of the arguments')
    }
    const failing = under().run(governed(ran, { change: 'raise', args }), 7)
    await expect(failing).rejects.toEqual(refused('CLYRA_TEMPORAL_CHANGE'))
    await expect(failing).rejects.not.toThrow('secret')
    expect(ran).not.toHaveBeenCalled()
  })

  test('a worker without the plugin', async () => {
    await expect(raise(7)).rejects.toEqual(refused('CLYRA_TEMPORAL_NO_GATE'))
    expect(ran).not.toHaveBeenCalled()
  })
})

describe('not known: to be tried again, nothing ran', () => {
  test('the gateway is busy, or is not there', async () => {
    gateway.answers = () => problem(503, 'CLYRA_API_BUSY', { 'retry-after': '7' })
    await expect(under().run(raise, 7)).rejects.toEqual(expect.objectContaining({ type: 'ClyraUnreachable', nextRetryDelay: 7000 }))
    await expect(environmentOf('http://127.0.0.1:9', { header: changeId }).run(raise, 7)).rejects.toEqual(toBeTriedAgain)
    expect(ran).not.toHaveBeenCalled()
  })

  test('it sends elsewhere: nobody goes there', async () => {
    gateway.answers = () => ({ status: 307, headers: { location: '/elsewhere' }, body: {} })
    await expect(under().run(raise, 7)).rejects.toEqual(toBeTriedAgain)
    expect(gateway.asked).toHaveLength(1)
  })

  test('something else answers in its place', async () => {
    gateway.answers = () => ({ status: 502, body: '<html>bad gateway</html>' })
    await expect(under().run(raise, 7)).rejects.toEqual(toBeTriedAgain)
    expect(ran).not.toHaveBeenCalled()
  })

  test('Temporal does not say whose activity it is', async () => {
    await answering(atWork())
    await expect(under({ header: changeId, runs: null }).run(raise, 7)).rejects.toEqual(toBeTriedAgain)
    expect(ran).not.toHaveBeenCalled()
  })
})
