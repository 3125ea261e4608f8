// clyra down: stops the stack that runs in this directory.
import { ClyraError } from '../../core/errors.ts'
import { stateDir } from '../../runtime/config.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'
import { print } from '../print.ts'
import { runningPid } from '../up/state.ts'

export const command = defineCommand({
  command: 'down',
  describe: 'Stop the stack of this directory',
  builder: (yargs) => yargs.example('clyra down', 'stop what `clyra up` started'),
  async handler({ json }, io) {
    const pid = runningPid(stateDir())
    if (pid !== null) {
      process.kill(pid, 'SIGTERM')
      await gone(pid)
    }
    print(io, json, { stopped: pid !== null }, () => (pid === null ? 'no stack runs here' : 'stopped'))
    return exit.ok
  },
})

async function gone(pid: number): Promise<void> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline) {
    try {
      process.kill(pid, 0)
    } catch {
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new ClyraError('CLYRA_CONFIG_START_FAILED', `expected process ${pid} to end within a minute, it still runs`)
}
