// clyra up: starts a local stack and keeps it until Ctrl-C.
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { fields } from '../print.ts'
import { launchStack } from '../up/launch.ts'

export const command = defineCommand({
  command: 'up',
  describe: 'Start store, demo warehouse, Temporal, worker and gateway on loopback, until Ctrl-C',
  builder: (yargs) => yargs.example('clyra up', 'start the stack of this directory'),
  async handler({ json }, io) {
    const stack = await launchStack((line) => io.err(line))
    if (json) io.out(JSON.stringify(stack.run))
    else
      io.out(
        fields([
          ['gateway', stack.run.gateway],
          ['temporal ui', stack.run.temporal.ui],
          ['stop', 'Ctrl-C, or clyra down'],
        ]),
      )
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    const asked = new Promise<void>((resolve) => {
      for (const signal of signals) process.once(signal, () => resolve())
    })
    await Promise.race([asked, stack.ended])
    await stack.stop()
    return exit.ok
  },
})
