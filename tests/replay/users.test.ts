// A user's workflows with clyra/temporal: they bundle by the package's own name, and recorded runs of theirs replay with the plugin.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker'
import { DeterminismViolationError } from '@temporalio/workflow'
import * as main from 'clyra/temporal'
import { logKey } from '../../plugins/temporal/testing/log.ts'
import { searchFor } from '../support/leaks.ts'
import { changes, reasonSaid, statements } from '../support/temporal-users/changes.ts'

const folder = join(import.meta.dirname, 'users')
const files = readdirSync(folder).sort()
const textOf = (file: string): string => readFileSync(join(folder, file), 'utf8')
const workflowsPath = fileURLToPath(new URL('../support/temporal-users/workflows.ts', import.meta.url))
const logger = new DefaultLogger('ERROR')

// Nobody is asked in a replay: a gateway that is not there does.
const plugin = new main.ClyraPlugin({
  gateway: 'http://127.0.0.1:9',
  token: 'none',
  changes,
  logKey,
})

let code: string
beforeAll(async () => {
  Runtime.install({ logger })
  code = (await bundleWorkflowCode({ workflowsPath, logger, plugins: [plugin] })).code
}, 60_000)

const sourcesOf = (bundled: string): string[] =>
  (JSON.parse(Buffer.from(bundled.split('base64,').at(-1) ?? '', 'base64').toString()) as { sources: string[] }).sources

const replay = (text: string) => Worker.runReplayHistory({ workflowBundle: { code }, plugins: [plugin] }, JSON.parse(text), 'replayed')

test('the package is what its README says, by its own name', () => {
  expect(Object.keys(main).sort()).toEqual(['ClyraPlugin', 'clyraActivities', 'governed', 'grant'])
})

test('of Clyra, a user’s bundle holds what is safe in the sandbox and nothing else', () => {
  const ours = sourcesOf(code).filter(
    (source) => source.endsWith('.ts') && !source.includes('node_modules') && /\/(plugins|core|runtime|ledger|evidence)\//.test(source),
  )
  const names = ours.map((source) => `${dirname(source).split('/').at(-1)}/${source.split('/').at(-1)}`)
  expect([...new Set(names)].sort()).toEqual(['temporal/interceptor.ts', 'temporal/scope.ts', 'temporal/words.ts', 'temporal/workflow.ts'])
})

test('a project with a copy of the SDK of its own gets a bundle with one, its own', async () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'clyra-project-')))
  const modules = join(import.meta.dirname, '../../node_modules')
  mkdirSync(join(project, 'node_modules/@temporalio'), { recursive: true })
  symlinkSync(join(import.meta.dirname, '../..'), join(project, 'node_modules/clyra'))
  cpSync(join(modules, '@temporalio/workflow'), join(project, 'node_modules/@temporalio/workflow'), { recursive: true })
  cpSync(join(modules, '@temporalio/common'), join(project, 'node_modules/@temporalio/common'), { recursive: true })
  for (const name of readdirSync(modules).filter((entry) => !entry.startsWith('.') && !['clyra', '@temporalio'].includes(entry)))
    symlinkSync(join(modules, name), join(project, 'node_modules', name))
  symlinkSync(join(modules, '@temporalio/proto'), join(project, 'node_modules/@temporalio/proto'))
  writeFileSync(join(project, 'workflows.ts'), readFileSync(workflowsPath))
  const own = await bundleWorkflowCode({ workflowsPath: join(project, 'workflows.ts'), logger, plugins: [plugin] })
  const copies = sourcesOf(own.code).filter((source) => /(cancellation-scope|common\/src\/failure)\.ts$/.test(source))
  expect(copies.map((source) => source.startsWith(project))).toEqual([true, true])
  rmSync(project, { recursive: true })
}, 60_000)

describe('replays', () => {
  test.each(files)('%s', async (file) => {
    await replay(textOf(file))
  })

  test('also bundled by the replay itself, from the user’s path and the plugin', async () => {
    await Worker.runReplayHistory({ workflowsPath, plugins: [plugin] }, JSON.parse(textOf('granted_v0.json')), 'replayed')
  }, 60_000)

  test('but not when an activity was renamed since', async () => {
    const text = textOf('granted_v0.json').replaceAll('"activityType":{"name":"clyraWait"}', '"activityType":{"name":"clyraWatch"}')
    await expect(replay(text)).rejects.toThrow(DeterminismViolationError)
  })
})

test('the activities of the block carry their change, and no other does', () => {
  const { events } = JSON.parse(textOf('granted_v0.json')) as { events: { activityTaskScheduledEventAttributes?: Scheduled }[] }
  const scheduled = events.flatMap(({ activityTaskScheduledEventAttributes: event }) => (event === undefined ? [] : [event]))
  const headed = scheduled.map(({ activityType, header }) => [activityType.name, Object.keys(header.fields ?? {})])
  expect(headed).toEqual([
    ['clyraAsk', []],
    ['clyraWait', []],
    ['raiseTotal', ['clyra-change']],
    ['clyraComplete', []],
  ])
})

interface Scheduled {
  activityType: { name: string }
  header: { fields?: object }
}

test('no statement, reason or token in them, no place of a machine', () => {
  const needles = [statements.clean(0).slice(0, -1), statements.touch(0).slice(0, -1), reasonSaid, '/plugins/temporal', 'node_modules']
  const search = searchFor(needles)
  expect(files.filter((file) => search(Buffer.from(textOf(file))).length > 0 || decoded(textOf(file)).includes('clg_'))).toEqual([])
})

const decoded = (text: string): string =>
  [...text.matchAll(/"data":"([A-Za-z0-9+/=]+)"/g)].map((match) => Buffer.from(match[1] as string, 'base64').toString()).join('\n')
