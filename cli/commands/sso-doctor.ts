import { loadConfig, providerOf } from '../../runtime/config.ts'
import { signOnByBrowser } from '../browser-sign-on.ts'
import { printChecks } from '../checks.ts'
import { defineCommand } from '../command.ts'
import { connect, withConnection } from '../connect.ts'

/** `clyra sso doctor`: what the company's sign-on says of itself, what it really sends, and what grade of approval that allows. */
export const command = defineCommand({
  command: 'doctor',
  describe: "Check the company's sign-on and what grade of approval it allows",
  builder: (yargs) =>
    withConnection(yargs)
      .option('sign-on', { type: 'boolean', default: false, describe: 'Sign on once in a browser, to see which claims are really sent' })
      .example('$0 sso doctor', 'what the provider advertises')
      .example('$0 sso doctor --sign-on', 'and what it sends about you'),
  handler: async (args, io) => {
    const config = loadConfig()
    const [{ providerChecks }, { sentChecks }] = await Promise.all([import('../sso/doctor.ts'), import('../sso/checks.ts')])
    const checks = await providerChecks(config)
    const provider = providerOf(config)
    if (!args.signOn || provider === null || checks.some(({ status }) => status === 'fail')) return printChecks(checks, args.json, io)
    const show = (url: string) => io.err(`Open this page in a browser of this machine:\n${url}`)
    const { sign_on } = await signOnByBrowser(connect(args).session, show)
    return printChecks([...checks, ...sentChecks(sign_on, provider)], args.json, io)
  },
})
