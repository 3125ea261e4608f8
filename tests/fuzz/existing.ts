// What exists in the stack for the requests of one role: changes in all states, keys, accounts, Slack users, a sign-on to be redeemed.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ChangeRequest, SignOnView, StatementView } from '../../core/generated/types.ts'
import { subjectId } from '../../evidence/id-token.ts'
import type { Ledger } from '../../ledger/types.ts'
import { createKeyFile } from '../../runtime/keys.ts'
import type { TestIdp } from '../support/oidc.ts'
import type { TestSlack } from '../support/slack.ts'
import type { TestStack } from '../support/stack.ts'

export interface World {
  stack: TestStack
  ledger: Ledger
  idp: TestIdp
  slack: TestSlack
}

export interface Existing {
  /** Changes of all sorts: closed, waiting. */
  changes: string[]
  /** Changes whose caller has the work: one that waits for him, one that he has done. */
  callers: string[]
  /** The one of them that waits for a decision. */
  waiting: string
  /** A login of the warehouse that may redeem grants. */
  login: string
  keyId: string
  spki: string
  targets: string[]
  /** An account that nobody else uses. */
  subjectId: string
  slackUser: { team_id: string; user_id: string }
  /** Null for roles that decide nothing. */
  signOn: { begin: Body; redeem: Body } | null
}

type Body = Record<string, string>

// Who has an account at the provider, by the name of his token.
const accounts: Record<string, string> = { ana: 'okta|ana', ben: 'okta|ben' }

/** Links the accounts of those who decide. */
export async function linkAccounts({ ledger, idp }: World): Promise<void> {
  for (const [name, sub] of Object.entries(accounts)) await link(ledger, idp, `${name}@shop.example`, sub)
}

/** Fresh for each role: what one role cancels or revokes the next one finds again. */
export async function existing(world: World, name: string): Promise<Existing> {
  const { stack, ledger, idp, slack } = world
  const { story, key } = stack
  const request = (statement: string): ChangeRequest => ({
    kind: 'sql',
    target: 'shop',
    statements: [statement],
    reason: 'fuzzing',
    source: `fuzz-${name}`,
  })
  const callers = async (product: number): Promise<[ChangeRequest, string]> => {
    const work = request(`UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = ${product}`)
    const { change_id } = await story.ask({ ...work, executor: 'caller', limits: { grant_seconds: 900 } }, 'grant')
    return [work, change_id]
  }
  const closed = await story.ask(request('SELECT order_id FROM shop.orders WHERE order_id = 1'), 'end')
  const waiting = await story.ask(request(`DELETE FROM shop.orders WHERE status = 'cancelled'`), 'verdict')
  const [, granted] = await callers(11)
  const [work, redeemed] = await callers(12)
  await redeem(stack, redeemed, work)
  const [approver] = await story.ana.approvers()
  const { spki } = await createKeyFile(key(`fuzz-${name}.pem`), 'ES256')
  if (approver === undefined) throw new Error('expected an approver')
  const slackUser = { team_id: slack.team, user_id: slack.users.ben }
  const subject = await link(ledger, idp, `fuzz-${name}@shop.example`, `okta|fuzz-${name}`)
  const person = { person: subject.person, subject_id: subject.subject_id }
  await ledger.slackLinks.link('default', { ...slackUser, ...person }, await ledger.slackLinks.generation('default', slackUser), root)
  return {
    changes: [closed.change_id, waiting.change_id],
    callers: [granted, redeemed],
    waiting: waiting.change_id,
    login: 'etl',
    keyId: approver.key_id,
    spki: Buffer.from(spki).toString('base64'),
    targets: ['shop', 'shop_staging'],
    subjectId: subject.subject_id,
    slackUser,
    signOn: accounts[name] === undefined ? null : await signOn(world, name, waiting.change_id),
  }
}

const root = { actor: 'root', person: null }

async function link(ledger: Ledger, { issuer }: TestIdp, person: string, sub: string) {
  const subject = { person, subject_id: subjectId(issuer, sub), iss: issuer, sub }
  await ledger.identities.link('default', subject, root)
  return subject
}

// The work is committed and not reported. What an earlier role froze is no caller's any more.
async function redeem({ story, forbid }: TestStack, changeId: string, { statements }: ChangeRequest): Promise<void> {
  if ((await story.ana.change(changeId)).state !== 'ENFORCING') return
  const { token } = await story.ana.grant(changeId, 'etl')
  forbid({ secrets: [token] })
  await story.job(['select clyra_guard.redeem($1)', [token]], ...statements.map((statement): [string] => [statement]))
}

// As a terminal and a browser do it, up to the code that nobody has redeemed yet.
async function signOn({ stack, idp }: World, name: string, changeId: string): Promise<Existing['signOn']> {
  idp.account = { sub: accounts[name] ?? '' }
  const { gateway } = stack.run
  const authorization = `Bearer ${readFileSync(stack.key(`${name}.token`), 'utf8').trim()}`
  const post = async (path: string, body: object) => {
    const headers = { authorization, 'content-type': 'application/json' }
    const url = new URL(`/v1/approvals/${changeId}/${path}`, gateway)
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  const { statement } = (await post('statements', { decision: 'approve', reason: '' })) as StatementView
  const begin = { statement, redirect_uri: 'http://127.0.0.1:49152/signed-on', code_challenge }
  const { url } = (await post('sign-ons', begin)) as SignOnView
  const away = /href="(\/approve\/terminal\/go[^"]+)"/.exec(await (await fetch(url)).text())?.[1] ?? ''
  const left = await fetch(new URL(away, url), { redirect: 'manual' })
  const callback = await idp.walk(left.headers.get('location') ?? '')
  const cookie = left.headers.get('set-cookie')?.split(';')[0] ?? ''
  const back = await fetch(callback, { redirect: 'manual', headers: { cookie } })
  const code = new URL(back.headers.get('location') ?? '').searchParams.get('code')
  if (code === null) throw new Error(`expected ${name} to bring back a code, found none`)
  return { begin, redeem: { code, code_verifier } }
}
