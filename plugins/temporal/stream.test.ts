// What passes for receipts of a change: only what the trusted log signed, whole. Each altered answer is refused by its own check.
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import type { ReceiptsView } from '../../core/generated/types.ts'
import { rootOf as edgeRoot, grow, leafHash } from '../../ledger/tree.ts'
import { readLogKey } from './log-key.ts'
import { rootOf, verifiedReceipts } from './stream.ts'
import { checkpointOf, linesOf, logKey, logName, newSigner, receiptsOf } from './testing/log.ts'
import { atWork, changeId, entry } from './testing/story.ts'

const sha256 = (...parts: (string | Uint8Array)[]) =>
  createHash('sha256')
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest('hex')
const stream = `change/${changeId}`
const log = readLogKey(logKey)
const verify = (view: Partial<ReceiptsView>, id = changeId) =>
  verifiedReceipts({ change_id: changeId, lines: [], checkpoint: '', ...view }, id, log)
const untrusted = (expected: string) => expect.objectContaining({ code: 'CLYRA_TEMPORAL_LOG', message: expect.stringContaining(expected) })

test('what the log signed is read, each receipt with its leaf', async () => {
  const view = await receiptsOf(changeId, atWork())
  const receipts = verify(view)
  expect(receipts.map(({ receipt }) => receipt.kind)).toEqual(['change', 'verdict', 'attempt'])
  expect(receipts[2]?.leaf).toBe(`sha256:${Buffer.from(leafHash(view.lines[2] as string)).toString('hex')}`)
})

test('the root is that of the log’s own tree at every size up to 40', () => {
  let edge: Uint8Array[] = []
  const leaves: Buffer[] = []
  for (let size = 0; size <= 40; size++) {
    expect(rootOf(leaves).toString('hex')).toBe(Buffer.from(edgeRoot(edge)).toString('hex'))
    const leaf = Buffer.from(leafHash(`line ${size}`))
    edge = grow(edge, size, leaf)
    leaves.push(leaf)
  }
})

describe('refused', () => {
  const lines = linesOf(stream, atWork())

  test('an edited line', async () => {
    const { checkpoint } = await receiptsOf(changeId, atWork())
    const edited = lines.map((line, index) => (index === 1 ? line.replace('"allow"', '"alloy"') : line))
    expect(() => verify({ lines: edited, checkpoint })).toThrow(untrusted('the receipts that the checkpoint is of'))
  })

  test('an edited line with the chain repaired after it', async () => {
    const { checkpoint } = await receiptsOf(changeId, atWork())
    const repaired = linesOf(stream, atWork().with(1, entry('verdict', 0, { outcome: 'deny' })))
    expect(() => verify({ lines: repaired, checkpoint })).toThrow(untrusted('the receipts that the checkpoint is of'))
  })

  test.each([
    ['a prev that is not the line before', 2, /"prev":"sha256:[0-9a-f]{4}/, '"prev":"sha256:0000'],
    ['another genesis', 0, /"prev":"sha256:[0-9a-f]{4}/, '"prev":"sha256:0000'],
    ['a number left out', 2, '"seq":2', '"seq":3'],
    ['a line of another stream', 2, stream, `change/chg_${'b'.repeat(26)}`],
  ])('%s, though the log signed it', async (_, index, from, to) => {
    // Up to the broken line: what follows would be broken by it.
    const broken = [...lines.slice(0, index), (lines[index] as string).replace(from, to)]
    const view = { lines: broken, checkpoint: await checkpointOf(stream, broken) }
    expect(broken).not.toEqual(lines.slice(0, index + 1))
    expect(() => verify(view)).toThrow(untrusted('in a chain'))
  })

  test.each([
    ['another key under the same name', { by: newSigner() }, 'signed'],
    ['another log', { name: 'log.example/other' }, 'signed'],
    ['another stream', { origin: `${logName}/change/chg_${'b'.repeat(26)}` }, 'of this change’s stream'],
    ['a smaller size', { size: 2 }, 'as many receipts'],
    ['a larger size', { size: 4 }, 'as many receipts'],
  ])('a checkpoint of %s', async (_, signing, expected) => {
    const checkpoint = await checkpointOf(stream, lines, signing)
    expect(() => verify({ lines, checkpoint })).toThrow(untrusted(expected))
  })

  test('lines cut off under the checkpoint of all of them', async () => {
    const { checkpoint } = await receiptsOf(changeId, atWork())
    expect(() => verify({ lines: lines.slice(0, 2), checkpoint })).toThrow(untrusted('as many receipts'))
  })

  test('the receipts of another change, truly signed', async () => {
    const view = await receiptsOf(changeId, atWork())
    expect(() => verify(view, `chg_${'b'.repeat(26)}`)).toThrow(untrusted('of this change’s stream'))
  })

  test.each([
    ['a space more', (line: string) => line.replace('{', '{ ')],
    ['a name twice', (line: string) => line.replace('{"actor"', '{"seq":9,"actor"')],
    ['no object', () => '7'],
    ['no JSON', () => 'change'],
  ])('a line with %s, though the log signed it', async (_, spoil) => {
    const spoiled = lines.with(2, spoil(lines[2] as string))
    const checkpoint = await checkpointOf(stream, spoiled)
    expect(() => verify({ lines: spoiled, checkpoint })).toThrow(untrusted('canonical receipts'))
  })

  test('time that runs backwards', async () => {
    const view = await receiptsOf(changeId, [...atWork(), entry('grant', -5_000)])
    expect(() => verify(view)).toThrow(untrusted('in a chain'))
  })

  test.each([
    ['no signature line', (note: string) => note.split('\n\n')[0] as string],
    ['text after the signature', (note: string) => `${note}more\n`],
    ['a signature cut short', (note: string) => note.replace(/[^ ]{8}\n$/, '\n')],
    ['the key hash of another key', (note: string) => note.replace(/[^ ]{5}(?=[^ ]+\n$)/, 'AAAAA')],
    ['an extension line', (note: string) => note.replace('\n\n', '\nmore\n\n')],
  ])('a checkpoint with %s', async (_, spoil) => {
    const { checkpoint } = await receiptsOf(changeId, atWork())
    expect(() => verify({ lines, checkpoint: spoil(checkpoint) })).toThrow(untrusted('a checkpoint'))
  })
})

// What offline verification can't see, said in the README: the log has grown since, and an older head is a true one.
test('an older head with the lines of its time is believed: the window and the warehouse bound what it is good for', async () => {
  const older = await receiptsOf(changeId, atWork())
  await receiptsOf(changeId, [...atWork(), entry('outcome', 1, { outcome: 'failed' })])
  expect(verify(older)).toHaveLength(3)
})

describe('the log key', () => {
  const [name, hash, key] = logKey.split('+', 2).concat(logKey.split('+').slice(2).join('+')) as [string, string, string]
  const typed = Buffer.concat([Buffer.of(2), Buffer.from(key, 'base64').subarray(1)])
  const otherKind = `${name}+${sha256(`${name}\n`, typed).slice(0, 8)}+${typed.toString('base64')}`
  test.each([
    ['another name', `other+${hash}+${key}`],
    ['another hash', `${name}+00000000+${key}`],
    ['a key of another kind', otherKind],
    ['no key', `${name}+${hash}+`],
    ['the whole line', `log ${logKey}`],
  ])('with %s is refused', (_, text) => {
    expect(() => readLogKey(text)).toThrow(untrusted('log key'))
  })
})
