// The workflow sandbox: what the worker bundles is workflows/ and core/, and nothing else of ours.
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

test('bundles from workflows and core alone', async () => {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url))
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  const map = JSON.parse(Buffer.from(code.split('base64,').at(-1) ?? '', 'base64').toString()) as { sources: string[] }
  const ours = map.sources.filter((source) => !source.includes('node_modules') && source.endsWith('.ts'))
  const rooms = new Set(
    ours.map(
      (source) => /(?:^|\/)(core|workflows|[a-z]+)\/[^/]+\.ts$/.exec(source.replace(/\/(errors|generated|kinds|policy)\//, '/'))?.[1],
    ),
  )
  expect(ours.some((source) => source.endsWith('workflows/governed-change.ts'))).toBe(true)
  expect([...rooms].sort()).toEqual(['core', 'workflows'])
})
