// Who clicked. A click is no identity: it counts for the person who linked this Slack user by signing on, as long as both still stand.
import { ClyraError } from '../../core/errors.ts'
import type { SlackLink } from '../../ledger/slack-links.ts'
import type { GatewayDeps, SlackDoor } from '../control/deps.ts'
import type { Click } from './click.ts'

/**
 * CLYRA_SLACK_TEAM unless the click was made in the bot's own team and channel, read by nobody else, by a user of that team;
 * CLYRA_SLACK_MEMBER unless Slack calls him a full member now. Any other CLYRA_SLACK_*: Slack cannot be asked, so nobody is let in.
 */
export async function demandColleague({ channel, people }: SlackDoor, { teams, channel_id, user_id }: Click): Promise<string> {
  const team = await people.team()
  if (teams.some((one) => one !== team) || channel_id !== channel) throw elsewhere()
  const [user, { shared }] = await Promise.all([people.user(user_id), people.channel(channel)])
  if (user.team_id !== team || shared) throw elsewhere()
  if (user.standing !== 'member')
    throw new ClyraError('CLYRA_SLACK_MEMBER', `expected a full member of the team, found a user that is ${user.standing}`)
  return team
}

/** The link of a Slack user that counts now. CLYRA_SLACK_UNLINKED: there is none, it expired or ended, or its account did. */
export async function linkOf({ tenant, ledger }: GatewayDeps, team_id: string, user_id: string): Promise<SlackLink> {
  const [link, { subjects }, now] = await Promise.all([
    ledger.slackLinks.find(tenant, { team_id, user_id }),
    ledger.identities.registry(tenant),
    ledger.log.now(),
  ])
  const stands = subjects.some(
    ({ subject_id, person, unlinked_at }) => subject_id === link?.subject_id && person === link.person && unlinked_at === null,
  )
  if (link === null || link.unlinked_at !== null || link.expires_at <= now || !stands)
    throw new ClyraError('CLYRA_SLACK_UNLINKED', 'expected a Slack user who is linked to an account, found one who is not')
  return link
}

const elsewhere = () => new ClyraError('CLYRA_SLACK_TEAM', 'expected a click in the app’s own team and channel, found another')
