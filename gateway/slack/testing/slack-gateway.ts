// A gateway that listens, with Slack behind it, people linked and a change that waits.
import { createHash } from 'node:crypto'
import type { DoorRefusal } from '../../../core/generated/types.ts'
import { tenantStream } from '../../../core/receipts.ts'
import { slackPeople } from '../../../plugins/slack/people.ts'
import { newChange } from '../../../tests/support/ledger-bodies.ts'
import { startSlack, type TestSlack } from '../../../tests/support/slack.ts'
import { payloadOf, type SentClick, sendClick, signedClick } from '../../../tests/support/slack-clicks.ts'
import type { GatewayDeps } from '../../control/deps.ts'
import { askForApproval, startTestGateway, type TestGateway } from '../../control/testing/gateway.ts'

const actor = { actor: 'test', person: null }

export interface SlackGateway extends TestGateway {
  slack: TestSlack
  base: string
  /** Links a Slack user to a person, whose account is linked as well. */
  link(userId: string, person: string): Promise<string>
  /** A fresh change that waits. */
  waiting(): Promise<string>
  click(userId: string, changeId: string, part?: Record<string, unknown>): SentClick
  send(click: SentClick): Promise<{ status: number; text: string }>
  /** Refusals at Slack's door, oldest first. */
  refusals(): Promise<DoorRefusal[]>
  /** Texts only this user was shown. */
  whispered(userId: string): string[]
}

/** `part`: what the gateway is given otherwise. */
export async function startSlackGateway(part: (slack: TestSlack) => Partial<GatewayDeps> = () => ({})): Promise<SlackGateway> {
  const slack = await startSlack()
  const { channel, signingSecret } = slack
  const gateway = await startTestGateway({ slack: { signingSecret, channel, people: slackPeople(slack) }, ...part(slack) })
  const base = await gateway.app.listen({ port: 0, host: '127.0.0.1' })
  const { ledger, deps } = gateway
  let changes = 0
  return {
    ...gateway,
    slack,
    base,
    async link(user_id, person) {
      const sub = person
      const subject_id = createHash('sha256').update(sub).digest('hex')
      await ledger.identities.link(deps.tenant, { person, subject_id, iss: 'https://idp.example', sub }, actor)
      const user = { team_id: slack.team, user_id }
      await ledger.slackLinks.link(
        deps.tenant,
        { ...user, person, subject_id },
        await ledger.slackLinks.generation(deps.tenant, user),
        actor,
      )
      return subject_id
    },
    async waiting() {
      changes += 1
      const id = `chg_${'a'.repeat(Math.floor(changes / 26))}${String.fromCharCode(97 + (changes % 26))}`.padEnd(30, 'q')
      const { row } = await ledger.changes.register({
        ...newChange(id, deps.tenant),
        requester: { actor: 'ana', person: 'ana@shop.example' },
      })
      await askForApproval(ledger, deps.tenant, row.change_id)
      return row.change_id
    },
    click: (userId, changeId, more) => signedClick(signingSecret, payloadOf(slack, userId, `${changeId}/1`, more)),
    async send(click) {
      const response = await sendClick(base, click)
      return { status: response.status, text: await response.text() }
    },
    async refusals() {
      const receipts = await ledger.log.read(tenantStream(deps.tenant))
      return receipts.filter(({ receipt }) => receipt.kind === 'door_refusal').map(({ receipt }) => receipt.body as DoorRefusal)
    },
    whispered: (userId) =>
      slack.calls.filter(({ method, body }) => method === 'chat.postEphemeral' && body.includes(`user=${userId}`)).map(({ body }) => body),
    async stop() {
      await gateway.stop()
      await slack.stop()
    },
  }
}
