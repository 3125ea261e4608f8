// One decision: show, ask, sign with the approver's own key, send. The key never leaves this process.

import { v4 as uuid } from 'uuid'
import type { Argv } from 'yargs'
import { ClyraError } from '../core/errors.ts'
import type { ApproverView, DecisionRequestEnvelope, DecisionResult } from '../core/generated/types.ts'
import { signDecision } from '../evidence/decision.ts'
import { fileSigner } from '../runtime/keys.ts'
import { checkApproval } from './approval-check.ts'
import type { Client } from './client.ts'
import type { Common, Io } from './command.ts'
import { connect, withConnection } from './connect.ts'
import { type Exit, exit } from './exit-codes.ts'
import { besideKey } from './key-file.ts'
import { demandKeySuffices } from './key-grade.ts'
import { fields, print } from './print.ts'
import { patiently } from './watch.ts'

/** Options of `approve` and `reject`. */
export const withDecision = (yargs: Argv<Common>) =>
  withConnection(yargs)
    .positional('id', { type: 'string', demandOption: true, describe: 'Change id' })
    .option('key-file', {
      type: 'string',
      demandOption: true,
      describe: 'Your enrolled private key (PEM); a .token file beside it is used',
    })
    .option('person', { type: 'string', describe: 'Who you are (default: whom the key is enrolled for)' })
    .option('reason', { type: 'string', default: '', describe: 'Why; the signed decision keeps it' })
    .option('yes', { type: 'boolean', default: false, describe: 'Do not ask' })

interface DecideArgs extends Common {
  id: string
  keyFile: string
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
  const client = connect({ gateway: args.gateway, tokenFile: args.tokenFile }, { file: besideKey(args.keyFile, 'token') })
  const signer = await fileSigner(args.keyFile)
  const view = await client.approval(args.id)
  const display = checkApproval(view, args.id)
  if (!args.json) io.out(display)
  demandKeySuffices(decision, view)
  await confirmed(decision, args, io)
  const envelope = await signDecision(
    {
      change_id: args.id,
      binding: view.binding,
      decision,
      person: args.person ?? (await personOf(client, signer.keyId)),
      reason: args.reason,
      decision_id: uuid(),
      signed_at: new Date().toISOString(),
    },
    signer,
  )
  // The same envelope is one decision, however often it is sent.
  const result = await patiently(() => client.decide(args.id, JSON.parse(envelope) as DecisionRequestEnvelope))
  print(io, args.json, result, () => resultText(decision, result))
  return result.status === 'refused' ? exit.denied : exit.ok
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
