// clyra worker: the process that runs workflows and stages.
import { rmSync, writeFileSync } from 'node:fs'
import { createWorker } from '../../temporal.config.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'

export const command = defineCommand({
  command: 'worker',
  describe: 'Run a worker on the task queue clyra',
  builder: (yargs) =>
    yargs
      .option('ready-file', { type: 'string', describe: 'File to write once the worker polls' })
      .example('clyra worker', 'serve every target of clyra.yaml'),
  async handler({ readyFile }) {
    const { worker, close } = await createWorker()
    const running = worker.run()
    if (readyFile !== undefined) writeFileSync(readyFile, `${process.pid}\n`)
    await running
    if (readyFile !== undefined) rmSync(readyFile, { force: true })
    await close()
    return exit.ok
  },
})
