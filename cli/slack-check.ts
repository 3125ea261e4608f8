// Can Slack be used as it is configured?
import { ClyraError, errorKind } from '../core/errors.ts'
import type { SlackPeople } from '../core/ports.ts'
import { type Config, readSecret } from '../runtime/config.ts'
import { type Check, fail, ok, warn } from './checks.ts'

/**
 * Token, channel and signing secret, as far as they can be tried without anybody seeing it; none where Slack is not configured.
 * `open` makes what asks Slack.
 */
export async function slackChecks(config: Config, open: (config: Config) => Promise<SlackPeople | null>): Promise<Check[]> {
  const { slack, root } = config
  if (slack === undefined) return []
  try {
    const people = await open(config)
    if (people === null) return []
    const [team, { shared }] = await Promise.all([people.team(), people.channel(slack.channel)])
    const found = `channel ${slack.channel} of team ${team}`
    if (shared)
      return [warn('slack', `${found}, shared with another company`, 'Use a channel of the team alone: no click counts in this one.')]
    if (slack.signing_secret === undefined)
      return [warn('slack', `${found}, no signing secret`, 'Set slack.signing_secret: without it messages have no Deny button.')]
    readSecret(root, slack.signing_secret)
    return [ok('slack', `${found}, clicks are taken`)]
  } catch (error) {
    if (!(error instanceof ClyraError)) throw error
    return [fail('slack', `${error.code}: ${error.message}`, errorKind(error.code).remedy)]
  }
}
