// One copy of Temporal's SDK in a workflow bundle: that of the user's workflows. With two, a cancelled scope of the one is not seen by the
// other, and a change would go on that its workflow has given up.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { BundleOptions } from '@temporalio/worker'

type Hook = NonNullable<BundleOptions['webpackConfigHook']>

/** A hook that does what `before` does, and makes every import of the SDK the one that `workflowsPath` sees. */
export function oneSdk(workflowsPath: string, before: Hook = (config) => config): Hook {
  const workflow = folderOf('@temporalio/workflow', workflowsPath)
  const sdk = { '@temporalio/workflow': workflow, '@temporalio/common': folderOf('@temporalio/common', join(workflow, 'package.json')) }
  return (config) => {
    const configured = before(config)
    return { ...configured, resolve: { ...configured.resolve, alias: { ...configured.resolve?.alias, ...sdk } } }
  }
}

const folderOf = (name: string, from: string): string => dirname(createRequire(from).resolve(`${name}/package.json`))
