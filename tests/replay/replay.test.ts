// Histories of real runs, one for each way a change can end, against the workflow code that is here. Needs no server.
// A change of the workflow that breaks one would break runs under way: use Temporal's patching, and record another version beside it.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import { searchFor } from '../support/leaks.ts'

const root = join(import.meta.dirname, '../..')
const folder = join(import.meta.dirname, 'histories')
const files = readdirSync(folder).sort()
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')

let code: string
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const bundle = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows/index.ts'), logger: new DefaultLogger('ERROR') })
  code = bundle.code
})

const replay = (text: string) => Worker.runReplayHistory({ workflowBundle: { code } }, JSON.parse(text), 'replayed')

test('there is a history of every outcome', () => {
  const schema = JSON.parse(readFileSync(join(root, 'spec/common/schemas/outcome.schema.json'), 'utf8'))
  const outcomes: string[] = schema.properties.outcome.enum
  const recorded = new Set(files.map((file) => file.replace(/_v\d+\.json$/, '')))
  expect(outcomes.filter((outcome) => !recorded.has(outcome))).toEqual([])
})

test('there is one of every way in which a caller’s work can end', () => {
  const ends = files.filter((file) => file.startsWith('caller_')).map((file) => file.replace(/_v\d+\.json$/, ''))
  const expected = ['approved', 'enforced', 'frozen', 'grant_expired', 'withdrawn']
  expect(ends).toEqual(expect.arrayContaining(expected.map((end) => `caller_${end}`)))
})

describe('replays', () => {
  test.each(files)('%s', async (file) => {
    await replay(textOf(file))
  })

  test('but not when a stage was renamed since', async () => {
    const text = textOf('enforced_v0.json').replaceAll('"activityType":{"name":"policy"}', '"activityType":{"name":"judge"}')
    await expect(replay(text)).rejects.toThrow(DeterminismViolationError)
  })
})

test('no SQL, no place of a machine in them', () => {
  const needles = ['DELETE FROM', 'UPDATE shop', '/cli/bin.ts', '/workflows/', 'node_modules']
  expect(files.filter((file) => searchFor(needles)(Buffer.from(textOf(file))).length > 0)).toEqual([])
})
