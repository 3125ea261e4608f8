// Which verified receipts let a governed activity run. The story is that of a change in its caller's hands; each test spoils one thing.
import { describe, expect, test } from '@jest/globals'
import { digest } from '../../runtime/digest.ts'
import { readLogKey } from './log-key.ts'
import { type Expected, permitOf } from './permit.ts'
import { siteKeyOf } from './site-key.ts'
import { verifiedReceipts } from './stream.ts'
import { type Entry, logKey, receiptsOf } from './testing/log.ts'
import { attemptEntry, atWork, changeEntry, changeId, entry, now, site } from './testing/story.ts'

const expected: Expected = {
  change_id: changeId,
  site_key_digest: digest(siteKeyOf(site, 'raise', { order: 7 })),
  source: 'temporal',
  target: 'shop',
  role: 'dml',
  revision: 1,
  statements: 1,
}

const judge = async (entries: Entry[], at = now, other: Partial<Expected> = {}) =>
  permitOf(verifiedReceipts(await receiptsOf(changeId, entries), changeId, readLogKey(logKey)), { ...expected, ...other }, at)
const refused = (code: string) => expect.objectContaining({ code })

test('a change in its caller’s hands', async () => {
  expect(await judge(atWork())).toEqual({ change_id: changeId, mode: 'gate' })
})

test('also with grants, and with others who asked since', async () => {
  expect(await judge([...atWork(), entry('grant', 1), entry('requester', 2), entry('grant', 3)])).toMatchObject({ mode: 'gate' })
})

test('also a second attempt after one that failed', async () => {
  const second = [changeEntry({ attempt: 2 }), entry('verdict', 0, { attempt: 2 }), attemptEntry(600_000, 2)]
  expect(await judge([...atWork(), entry('outcome', 0, { outcome: 'failed' }), entry('recorded', 0), ...second])).toMatchObject({
    mode: 'gate',
  })
})

describe('of another change', () => {
  test.each([
    ['other arguments', { site_key_digest: digest(siteKeyOf(site, 'raise', { order: 8 })) }],
    ['another name', { site_key_digest: digest(siteKeyOf(site, 'lower', { order: 7 })) }],
    ['another workflow', { site_key_digest: digest(siteKeyOf({ ...site, workflowId: 'other' }, 'raise', { order: 7 })) }],
    ['another run', { site_key_digest: digest(siteKeyOf({ ...site, firstRunId: 'other' }, 'raise', { order: 7 })) }],
    ['another namespace', { site_key_digest: digest(siteKeyOf({ ...site, namespace: 'other' }, 'raise', { order: 7 })) }],
    ['another target', { target: 'shop_staging' }],
    ['another role', { role: 'ddl' as const }],
    ['another revision', { revision: 2 }],
    ['more statements', { statements: 2 }],
    ['another source', { source: 'api' }],
    ['another id', { change_id: `chg_${'b'.repeat(26)}` }],
  ])('%s', async (_, other) => {
    await expect(judge(atWork(), now, other)).rejects.toThrow(refused('CLYRA_TEMPORAL_OTHER_CHANGE'))
  })

  test('one that Clyra applies itself', async () => {
    await expect(judge(atWork().with(0, changeEntry({ executor: 'clyra' })))).rejects.toThrow(refused('CLYRA_TEMPORAL_OTHER_CHANGE'))
  })
})

describe('not open', () => {
  const [change, verdict, attempt] = atWork() as [Entry, Entry, Entry]
  test.each([
    ['nothing', []],
    ['no receipt of the change', [verdict, attempt]],
    ['not judged yet', [change]],
    ['waiting for approval', [change, entry('verdict', 0, { outcome: 'needs_approval' })]],
    ['approved, not handed over', [change, verdict, entry('approval_certificate', 0)]],
    ['cancelled before', [change, verdict, entry('outcome', 0, { outcome: 'cancelled' })]],
    ['cancelled meanwhile', [...atWork(), entry('outcome', 0, { outcome: 'failed' })]],
    ['done', [...atWork(), entry('grant', 0), entry('outcome', 0, { outcome: 'enforced' })]],
    ['recorded', [...atWork(), entry('recorded', 0)]],
    ['a kind nobody knows', [...atWork(), entry('surprise', 0)]],
    ['handed over twice', [...atWork(), attemptEntry()]],
    ['asked for again since', [...atWork(), entry('outcome', 0), changeEntry({ attempt: 2 })]],
    ['the same attempt again', [...atWork(), changeEntry()]],
    ['without a window', [change, verdict, entry('attempt', 0, { window: null })]],
    ['with a window of no time', [change, verdict, entry('attempt', 0, { window: { expires_at: 'soon' } })]],
  ])('%s', async (_, entries) => {
    await expect(judge(entries)).rejects.toThrow(refused('CLYRA_TEMPORAL_NOT_OPEN'))
  })

  test('from the millisecond its time is over', async () => {
    const expires = Date.parse('2026-11-21T20:10:00.000Z')
    expect(await judge(atWork(), expires - 1)).toBeDefined()
    await expect(judge(atWork(), expires)).rejects.toThrow(refused('CLYRA_TEMPORAL_NOT_OPEN'))
  })

  test('by a clock that is more than a minute behind the log’s', async () => {
    const handed = Date.parse('2026-11-21T20:00:00.000Z')
    expect(await judge(atWork(), handed - 60_000)).toBeDefined()
    await expect(judge(atWork(), handed - 60_001)).rejects.toThrow(refused('CLYRA_TEMPORAL_NOT_OPEN'))
  })
})

describe('in review', () => {
  const review = changeEntry({ mode: 'review' })
  test('observed: the work is done as ever', async () => {
    const entries = [review, entry('verdict', 0), entry('outcome', 0, { outcome: 'observed' }), entry('recorded', 0)]
    expect(await judge(entries)).toEqual({ change_id: changeId, mode: 'review' })
  })

  test.each([
    ['not observed yet', [review, entry('verdict', 0)]],
    ['another end', [review, entry('verdict', 0), entry('outcome', 0, { outcome: 'failed' })]],
    ['two ends', [review, entry('outcome', 0, { outcome: 'observed' }), entry('outcome', 0, { outcome: 'observed' })]],
  ])('%s: refused', async (_, entries) => {
    await expect(judge(entries)).rejects.toThrow(refused('CLYRA_TEMPORAL_NOT_OPEN'))
  })
})
