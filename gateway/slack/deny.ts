// A denial from Slack: a decision like any, signed by the door for the person who linked the user. The run judges and counts it.
import { randomUUID } from 'node:crypto'
import { ClyraError, codeOf, type ErrorCode, errorKind } from '../../core/errors.ts'
import type { DecisionResult } from '../../core/generated/types.ts'
import { allOf, changeStream, lastOf, ofAttempt } from '../../core/receipts.ts'
import { signDecision } from '../../evidence/decision.ts'
import type { SlackLink } from '../../ledger/slack-links.ts'
import type { ChangeRow } from '../../ledger/types.ts'
import { decide } from '../control/decide.ts'
import type { GatewayDeps, SlackDoor } from '../control/deps.ts'
import type { Click } from './click.ts'
import { demandColleague, linkOf } from './clicker.ts'
import { refuse } from './refusals.ts'

/**
 * Does what a click of a signed request asks for; `once` names that request. Never rejects: who clicked is told in Slack if he is one of
 * ours, and what was refused is a receipt.
 */
export async function answerClick(deps: GatewayDeps, slack: SlackDoor, click: Click, once: string): Promise<void> {
  const { about, user_id } = click
  if (about === null) return
  const refused = { change_id: about.change_id, person: null as string | null }
  let actor = `slack:${click.teams[0]}/${user_id}`
  try {
    const team = await demandColleague(slack, click)
    actor = `slack:${team}/${user_id}`
    const link = await linkOf(deps, team, user_id)
    refused.person = link.person
    await say(deps, slack, click, saidOf(about.change_id, await deny(deps, actor, link, about)))
  } catch (error) {
    const code = codeOf(error)
    const by = { actor, person: refused.person }
    await refuse(deps, once, code, refused, by).catch((failed: unknown) =>
      deps.log.error({ code: codeOf(failed), refused: code }, 'a refusal could not be kept'),
    )
    const hint = hintOf(code, click, refused.person !== null)
    if (hint !== null) await say(deps, slack, click, hint)
  }
}

/** What became of it; null when the run did not answer in time and may count it later. */
async function deny(
  deps: GatewayDeps,
  actor: string,
  { person }: SlackLink,
  { change_id, attempt }: NonNullable<Click['about']>,
): Promise<DecisionResult | null> {
  const { tenant, ledger, certificateSigner } = deps
  const row = await ledger.changes.get(tenant, change_id)
  if (row === null || row.attempt !== attempt || row.state !== 'AWAITING_APPROVAL') throw notOpen()
  const binding = await bindingOf(deps, row)
  const signed = { change_id, binding, decision: 'reject' as const, person, reason: 'Denied in Slack.' }
  const envelope = await signDecision({ ...signed, decision_id: randomUUID(), signed_at: await ledger.log.now() }, certificateSigner)
  try {
    return await decide(deps, { tenant, actor, person, roles: ['approver'] }, row, { envelope: JSON.parse(envelope) })
  } catch (error) {
    if (codeOf(error) === 'CLYRA_API_BUSY') return null
    throw error
  }
}

async function bindingOf({ ledger }: GatewayDeps, { change_id, attempt }: ChangeRow) {
  const current = ofAttempt(await ledger.log.read(changeStream(change_id)), attempt)
  const verdict = lastOf(current, 'verdict')
  const decided = allOf(current, 'decision').some(
    ({ body }) => body.decision === 'reject' && body.status === 'counted' && body.predecessor === verdict?.leaf,
  )
  if (verdict === null || verdict.body.nonce === null || decided) throw notOpen()
  const { payload_digest, policy_digest, display_hash, nonce } = verdict.body
  return { payload_digest, policy_digest, display_hash, nonce }
}

const notOpen = () => new ClyraError('CLYRA_APPROVAL_NOT_OPEN', 'expected a change that waits for a decision, found one that does not')

const saidOf = (change_id: string, result: DecisionResult | null): string => {
  if (result === null) return `Your denial of ${change_id} is on its way. Look at the page to see whether it counts.`
  if (result.code === null) return `Your denial of ${change_id} counts. Nothing is applied.`
  return `Your denial of ${change_id} does not count (${result.code}). ${errorKind(result.code).remedy}`
}

// Whoever is none of ours is told nothing.
function hintOf(code: ErrorCode, { user_id, about }: Click, isLinked: boolean): string | null {
  if (code === 'CLYRA_SLACK_UNLINKED')
    return `Clyra does not know whose account this is. Ask an administrator to run clyra slack link --user ${user_id}, then sign on with the address that arrives here.`
  if (!isLinked) return null
  if (code === 'CLYRA_APPROVAL_NOT_OPEN') return `${about?.change_id} waits for no decision.`
  return `Your denial of ${about?.change_id} was not taken (${code}). ${errorKind(code).remedy}`
}

async function say({ log }: GatewayDeps, { people }: SlackDoor, { channel_id, user_id }: Click, text: string): Promise<void> {
  await people.whisper(channel_id, user_id, text).catch((error: unknown) => log.warn({ code: codeOf(error) }, 'who clicked cannot be told'))
}
