// ClyraPlugin wires a worker: the activities that ask, the header of the block, the gate of governed activities. It never sets workflowsPath.
import { fileURLToPath } from 'node:url'
import { defaultPayloadConverter, type Headers } from '@temporalio/common'
import { SimplePlugin } from '@temporalio/plugin'
import type { ActivityInterceptorsFactory, BundleOptions } from '@temporalio/worker'
import { clyraActivities } from './activities.ts'
import { type Access, controlApi } from './api.ts'
import type { Changes } from './changes.ts'
import { passages } from './gate.ts'
import { readLogKey } from './log-key.ts'
import { oneSdk } from './one-sdk.ts'
import { changeHeader } from './words.ts'

export interface ClyraOptions extends Access {
  /** What workflows may ask for, by name. */
  changes: Changes
  /** The log's public key: what follows `log ` in .clyra/trust/log.policy, handed over by whoever runs Clyra and not by the gateway. */
  logKey: string
}

/** For a worker, a bundle (`bundleWorkflowCode`) and a replay alike. CLYRA_TEMPORAL_LOG when the log key is not one. */
export class ClyraPlugin extends SimplePlugin {
  constructor(options: ClyraOptions) {
    super({
      name: 'clyra.ClyraPlugin',
      activities: clyraActivities(options),
      workerInterceptors: {
        activity: [gateKeeper(options)],
        workflowModules: [fileURLToPath(new URL('./interceptor.ts', import.meta.url))],
      },
    })
  }

  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options)
    return { ...configured, webpackConfigHook: oneSdk(configured.workflowsPath, configured.webpackConfigHook) }
  }
}

function gateKeeper(options: ClyraOptions): ActivityInterceptorsFactory {
  const { changes, logKey } = options
  const [api, log] = [controlApi(options), readLogKey(logKey)]
  return () => ({
    inbound: { execute: (input, next) => passages.run({ api, changes, log, changeId: claimed(input.headers) }, () => next(input)) },
  })
}

// What is no text claims nothing.
function claimed(headers: Headers): string | null {
  const payload = headers[changeHeader]
  if (payload === undefined) return null
  try {
    const value = defaultPayloadConverter.fromPayload<unknown>(payload)
    return typeof value === 'string' ? value : null
  } catch {
    return null
  }
}
