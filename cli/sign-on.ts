// A decision signed by the company's sign-on: the statement is checked here, the browser signs on over it, the proof comes back here.
import { createHash, randomBytes } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'
import type { ApprovalView, DecisionRequestEnvelope, DecisionStatement, SignOnView } from '../core/generated/types.ts'
import { visible } from '../core/visible.ts'
import { decisionStatementBytes } from '../evidence/decision.ts'
import { statementType } from '../evidence/dsse.ts'
import type { Client } from './client.ts'
import type { Io } from './command.ts'
import { awaitBrowser } from './loopback.ts'

interface Said {
  decision: 'approve' | 'reject'
  reason: string
}

const patienceSeconds = 10 * 60

/** CLYRA_APPROVAL_GRADE for an approval that takes more than a terminal has. */
export function demandGrade({ grade }: ApprovalView, decision: Said['decision']): void {
  if (decision === 'approve' && grade === 'enhanced')
    throw new ClyraError('CLYRA_APPROVAL_GRADE', 'expected an approval that a sign-on alone is enough for, found one of grade enhanced')
}

/**
 * The envelope, signed by the provider. `tell` says where to sign on. CLYRA_APPROVAL_DISPLAY_MISMATCH before anybody signs on when the
 * gateway's statement is not about what was shown; CLYRA_CLI_NO_SIGN_ON when no browser came back.
 */
export async function signOnDecision(
  client: Client,
  view: ApprovalView,
  said: Said,
  { io, tell }: { io: Pick<Io, 'browse'>; tell(line: string): void },
): Promise<DecisionRequestEnvelope> {
  const { change_id } = view
  const { statement } = await client.state(change_id, said)
  const person = demandStated(statement, view, said)
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  const loopback = await awaitBrowser(patienceSeconds)
  try {
    const page = pageOf(await client.signOn(change_id, { statement, redirect_uri: loopback.address, code_challenge }))
    tell(`sign on as ${visible(person)} at ${page}`)
    io.browse(page)
    const { signature } = await client.redeem(change_id, { code: await loopback.code, code_verifier })
    return { payload: statement, payloadType: statementType, signatures: [signature] }
  } finally {
    loopback.close()
  }
}

// Written here again from what was shown: but for who, when and its id, nothing is the gateway's word.
function demandStated(text: string, { change_id, binding }: ApprovalView, said: Said): string {
  const given = Buffer.from(text, 'base64')
  const { person, decision_id, signed_at } = predicateOf(given)
  const expected = decisionStatementBytes({ change_id, binding, ...said, person, decision_id, signed_at })
  if (!expected.equals(given))
    throw new ClyraError('CLYRA_APPROVAL_DISPLAY_MISMATCH', 'expected a statement about what was shown, found another')
  return person
}

// What a browser is given is an address of the web, whatever the gateway answers.
function pageOf({ url }: SignOnView): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).href
  throw new ClyraError('CLYRA_CLI_BAD_ANSWER', 'expected the address of a page from the gateway, found something else')
}

function predicateOf(bytes: Buffer): DecisionStatement['predicate'] {
  try {
    return (JSON.parse(bytes.toString()) as DecisionStatement).predicate
  } catch (cause) {
    throw new ClyraError('CLYRA_CLI_BAD_ANSWER', 'expected a statement from the gateway, found something else', { cause })
  }
}
