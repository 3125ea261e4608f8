// clyra gateway: the process that serves the control API.
import { createControlGateway } from '../../temporal.config.ts'
import { defineCommand } from '../command.ts'
import { exit } from '../exit-codes.ts'

export const command = defineCommand({
  command: 'gateway',
  describe: 'Serve the control API',
  builder: (yargs) =>
    yargs
      .option('host', { type: 'string', default: '127.0.0.1', describe: 'Address to listen on' })
      .option('port', { type: 'number', default: 7410, describe: 'Port to listen on' })
      .example('clyra gateway --port 7410', 'serve on loopback'),
  async handler({ host, port }) {
    const { gateway, close } = await createControlGateway(port)
    await gateway.listen({ host, port })
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
    await close()
    return exit.ok
  },
})
