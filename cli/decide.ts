// One decision: show, ask, sign with the approver's own key or have his sign-on sign it, send. The key never leaves this process.

import { v4 as uuid } from 'uuid'
import type { Argv } from 'yargs'
import { ClyraError } from '../core/errors.ts'
import type { ApprovalView, ApproverView, DecisionRequestEnvelope, DecisionResult } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { signDecision } from '../evidence/decision.ts'
import { fileSigner } from '../runtime/keys.ts'
import { checkApproval } from './approval-check.ts'
import type { Client } from './client.ts'
import type { Common, Io } from './command.ts'
import { connect, connection, withConnection } from './connect.ts'
import { type Exit, exit } from './exit-codes.ts'
import { demandGrade } from './grade.ts'
import { besideKey } from './key-file.ts'
import { fields, print } from './print.ts'
import { signedOnClient, signOnDecision } from './sign-on.ts'
import { patiently } from './watch.ts'

/** Options of `approve` and `reject`. */
export const withDecision = (yargs: Argv<Common>) =>
  withConnection(yargs)
    .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
    .option('key-file', {
      type: 'string',
      describe: 'Your enrolled private key (PEM); a .token file beside it is used',
    })
    .option('sso', { type: 'boolean', describe: 'Sign on with the company’s account in a browser instead' })
    .conflicts('sso', ['key-file', 'person'])
    .check(someProof)
    .option('person', { type: 'string', describe: 'Who you are (default: whom the key is enrolled for)' })
    .option('reason', { type: 'string', default: '', describe: 'Why; the signed decision keeps it' })
    .option('yes', { type: 'boolean', default: false, describe: 'Do not ask' })

function someProof({ sso, keyFile }: { sso?: boolean | undefined; keyFile?: string | undefined }): true {
  if (sso !== true && keyFile === undefined) throw new Error('expected --key-file or --sso, found neither')
  return true
}

interface DecideArgs extends Common {
  id: string
  keyFile?: string | undefined
  sso?: boolean | undefined
  person?: string | undefined
  reason: string
  yes: boolean
  gateway?: string | undefined
  tokenFile?: string | undefined
}

/**
 * Shows exactly what will run and signs the decision over it. Exit 3 when the decision is refused.
 * CLYRA_APPROVAL_DISPLAY_MISMATCH before anything is signed when the gateway shows other content than it asks to sign.
 */
export async function decide(decision: 'approve' | 'reject', args: DecideArgs, io: Io): Promise<Exit> {
  const { keyFile } = args
  const browser = { io, tell: args.json ? io.err : io.out }
  const to = { gateway: args.gateway, tokenFile: args.tokenFile }
  const client = keyFile === undefined ? await signedOnClient(connection(to), browser) : connect(to, { file: besideKey(keyFile, 'token') })
  const signer = keyFile === undefined ? null : await fileSigner(keyFile)
  const view = await client.approval(args.id)
  const display = checkApproval(view, args.id)
  if (!args.json) io.out(display)
  demandGrade(decision, view)
  await confirmed(decision, args, io)
  const said = { decision, reason: args.reason }
  const envelope =
    signer === null
      ? await signOnDecision(client, view, said, browser)
      : await signed(client, view, { ...said, person: args.person }, signer)
  // The same envelope is one decision, however often it is sent.
  const result = await patiently(() => client.decide(args.id, envelope))
  print(io, args.json, result, () => resultText(decision, result))
  return result.status === 'refused' ? exit.denied : exit.ok
}

async function signed(
  client: Client,
  { change_id, binding }: ApprovalView,
  { decision, reason, person }: { decision: 'approve' | 'reject'; reason: string; person: string | undefined },
  signer: Signer,
): Promise<DecisionRequestEnvelope> {
  const who = person ?? (await personOf(client, signer.keyId))
  const about = { decision_id: uuid(), signed_at: new Date().toISOString() }
  return JSON.parse(await signDecision({ change_id, binding, decision, reason, person: who, ...about }, signer)) as DecisionRequestEnvelope
}

async function confirmed(decision: string, { yes }: DecideArgs, io: Io): Promise<void> {
  if (yes) return
  if (!io.interactive) throw new ClyraError('CLYRA_CLI_NOT_CONFIRMED', 'expected a person at the terminal or --yes, found neither')
  const question = decision === 'approve' ? 'Approve?' : 'Reject?'
  if (!(await io.confirm(question))) throw new ClyraError('CLYRA_CLI_NOT_CONFIRMED', 'expected y, found another answer')
}

/** The name only helps the gateway to find the key; a wrong one makes the signature count for nobody. */
async function personOf(client: Client, keyId: string): Promise<string> {
  const enrolled = (await client.approvers()).find((approver: ApproverView) => approver.key_id === keyId)
  if (enrolled === undefined)
    throw new ClyraError('CLYRA_APPROVAL_UNKNOWN_KEY', `expected an enrolled key, found ${keyId.slice(0, 8)} enrolled for nobody`)
  return enrolled.person
}

const resultText = (decision: string, result: DecisionResult): string =>
  fields([
    ['decision', `${decision} ${result.status}`],
    ['code', result.code],
    ['state', result.state],
    ['approvals', `${result.approvals} of ${result.quorum}`],
  ])
