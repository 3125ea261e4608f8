// What the plugin adds to a worker and a bundle, and what it leaves alone.
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import type { BundleOptions } from '@temporalio/worker'
import { ClyraPlugin } from './plugin.ts'
import { optionsOf } from './testing/environment.ts'

const plugin = new ClyraPlugin(optionsOf('http://127.0.0.1:9'))
const workflowsPath = fileURLToPath(new URL('../../tests/support/temporal-users/workflows.ts', import.meta.url))

test('what a worker has stays, ours comes after it; where its workflows are is not for us to say', () => {
  const own = { activity: [() => ({})], workflowModules: ['/own.ts'] }
  const options = plugin.configureWorker({ taskQueue: 'q', workflowsPath, activities: { own: async () => 1 }, interceptors: own })
  expect(Object.keys(options.activities ?? {})).toEqual([
    'own',
    'clyraAsk',
    'clyraWait',
    'clyraComplete',
    'clyraCancel',
    'clyraCancelAsked',
  ])
  expect(options.interceptors?.activity?.[0]).toBe(own.activity[0])
  expect(options.interceptors?.workflowModules).toEqual(['/own.ts', expect.stringMatching(/interceptor\.ts$/)])
  expect(options.workflowsPath).toBe(workflowsPath)
  const bare = plugin.configureWorker({ taskQueue: 'q' })
  expect([bare.workflowsPath, bare.workflowBundle]).toEqual([undefined, undefined])
})

test('what a bundle’s own hook does stays', () => {
  const webpackConfigHook: NonNullable<BundleOptions['webpackConfigHook']> = (config) => ({
    ...config,
    resolve: { alias: { own: '/own' } },
  })
  const { webpackConfigHook: hook } = plugin.configureBundler({ workflowsPath, webpackConfigHook })
  expect(Object.keys(hook?.({}).resolve?.alias ?? {})).toEqual(['own', '@temporalio/workflow', '@temporalio/common'])
})

test('a log key that is none is refused before anything runs', () => {
  expect(() => new ClyraPlugin({ ...optionsOf('http://127.0.0.1:9'), logKey: 'none' })).toThrow(
    expect.objectContaining({ code: 'CLYRA_TEMPORAL_LOG' }),
  )
})
