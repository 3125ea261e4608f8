// How a Slack user becomes a person: an administrator asks, a direct message brings the address, the company's sign-on says who it is.
import { ClyraError, codeOf } from '../../core/errors.ts'
import type { SlackLink } from '../../ledger/slack-links.ts'
import type { Principal } from '../../ledger/types.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { recordRefusal, refusedAtTheDoor } from './refusals.ts'
import { beginSignOn, configured, type SignedOn, type SignOnDeps } from './sign-on.ts'
import { mintToken, readToken } from './tokens.ts'

const askedSeconds = 15 * 60

export interface AskedLink {
  team_id: string
  user_id: string
  expires_at: string
}

/**
 * Sends the user a direct message with the address that links him. CLYRA_SLACK_OFF and CLYRA_SSO_OFF where either is not configured,
 * CLYRA_SLACK_TEAM and CLYRA_SLACK_MEMBER for who may not be linked, CLYRA_SLACK_* when Slack does not take it.
 */
export async function askToLink(deps: GatewayDeps, { tenant }: Pick<Principal, 'tenant'>, user_id: string): Promise<AskedLink> {
  const { ledger, tenantKey, door, slack } = deps
  configured(deps)
  if (slack === null || tenant !== deps.tenant)
    throw new ClyraError('CLYRA_SLACK_OFF', 'expected Slack to be configured, found that it is not')
  const [team_id, user] = await Promise.all([slack.people.team(), slack.people.user(user_id)])
  if (user.team_id !== team_id) throw new ClyraError('CLYRA_SLACK_TEAM', 'expected a user of the app’s own team, found one of another')
  if (user.standing !== 'member')
    throw new ClyraError('CLYRA_SLACK_MEMBER', `expected a full member of the team, found a user that is ${user.standing}`)
  const generation = await ledger.slackLinks.generation(tenant, { team_id, user_id })
  const claims = { tenant, person: '', slack: { team_id, user_id, generation } }
  const { text, expires_at } = mintToken(tenantKey, 'slack', claims, askedSeconds, await ledger.log.now())
  const words = 'An administrator of Clyra asks you to link your Slack user to your company account. Then you can deny changes from here.'
  await slack.people.write(user_id, words, { url: `${door.origin}/approve/slack#${text}`, label: 'Sign on' })
  return { team_id, user_id, expires_at }
}

/** Away to the provider, to come back with an account. CLYRA_API_UNAUTHENTICATED for an address that is not valid. */
export async function beginSlackLink(deps: SignOnDeps, token: string): Promise<{ url: string; cookie: string }> {
  const { tenant, slack } = readToken(deps.tenantKey, 'slack', token, await deps.ledger.log.now())
  if (slack === undefined) throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a token that names a Slack user, found none')
  const about = { team_id: slack.team_id, user_id: slack.user_id, generation: String(slack.generation) }
  return beginSignOn(deps, { tenant, purpose: 'slack', person: null, nonce: null, about, return_to: '/approve' })
}

/**
 * Links the Slack user to the person whose account signed on. The address has done its work then: the same account may come again with
 * it, no other, and one that was sent before another link counts no more. CLYRA_DOOR_REFUSED.
 */
export async function linkSlackUser(
  deps: Pick<GatewayDeps, 'ledger' | 'log'>,
  { tenant, person, about, verified: { subject_id } }: SignedOn,
): Promise<SlackLink> {
  const { team_id = '', user_id = '', generation } = about
  const linked = { team_id, user_id, person, subject_id }
  try {
    return await deps.ledger.slackLinks.link(tenant, linked, Number(generation), { actor: actorOfPerson(person), person })
  } catch (error) {
    if (codeOf(error) !== 'CLYRA_LEDGER_CONFLICT') throw error
    await recordRefusal(deps, { tenant, code: 'CLYRA_LEDGER_CONFLICT', door: 'slack', change_id: null, person })
    throw refusedAtTheDoor()
  }
}
