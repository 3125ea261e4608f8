// The gate's surroundings: the header of the test's change, its receipts, the clock of its story.
import { beforeEach, expect, jest } from '@jest/globals'
import { type Around, environmentOf } from './environment.ts'
import { problem } from './gateway.ts'
import { type Entry, receiptsOf } from './log.ts'
import { gateway } from './started.ts'
import { changeId, now } from './story.ts'

beforeEach(() => {
  jest.useFakeTimers({
    now,
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask'],
  })
})

/** From now on the gateway answers with these receipts, and with nothing else. */
export async function answering(entries: Entry[]): Promise<void> {
  const view = await receiptsOf(changeId, entries)
  gateway.answers = (line) => (line === `GET /v1/changes/${changeId}/receipts` ? { body: view } : problem(404, 'CLYRA_API_NOT_FOUND'))
}
export const under = (around: Around = { header: changeId }) => environmentOf(gateway.url, around)
export const refused = (code: string) => expect.objectContaining({ type: 'ClyraNotGoverned', nonRetryable: true, details: [{ code }] })
