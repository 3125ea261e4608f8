// The user's worker as a process of its own: `node worker.ts <settings.json>`. Says `ready` once it polls.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { ClyraPlugin } from 'clyra/temporal'
import { jobActivities } from './activities.ts'
import { changes } from './changes.ts'

export interface Settings {
  address: string
  gateway: string
  token: string
  logKey: string
  url: string
  tokens: string
}

export const taskQueue = 'users'
/** Of the worker that does nothing but ask and wait. */
export const clyraQueue = 'users-clyra'

async function main(file: string): Promise<void> {
  const { address, gateway, token, logKey, ...job } = JSON.parse(readFileSync(file, 'utf8')) as Settings
  Runtime.install({ logger: new DefaultLogger('ERROR') })
  const connection = await NativeConnection.connect({ address })
  const plugins = [new ClyraPlugin({ gateway, token, changes, logKey })]
  const workflowsPath = fileURLToPath(new URL('./workflows.ts', import.meta.url))
  const workers = [
    await Worker.create({ connection, taskQueue, workflowsPath, activities: jobActivities(job), plugins }),
    await Worker.create({ connection, taskQueue: clyraQueue, plugins }),
  ]
  const running = Promise.all(workers.map((worker) => worker.run()))
  process.stdout.write('ready\n')
  await running
  await connection.close()
}

const [, self, file] = process.argv
if (self === fileURLToPath(import.meta.url) && file !== undefined) await main(file)
