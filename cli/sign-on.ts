// A decision signed by the company's sign-on: the statement is checked here, the browser signs on over it, the proof comes back here.
import { ClyraError } from '../core/errors.ts'
import type { ApprovalView, DecisionRequestEnvelope, DecisionStatement } from '../core/generated/types.ts'
import { visible } from '../core/visible.ts'
import { decisionStatementBytes } from '../evidence/decision.ts'
import { statementType } from '../evidence/dsse.ts'
import { signOnByBrowser } from './browser-sign-on.ts'
import { type Client, type Connection, createClient } from './client.ts'
import type { Io } from './command.ts'

interface Said {
  decision: 'approve' | 'reject'
  reason: string
}

/** Where a person signs on: told in words, and opened where that is possible. */
interface Browser {
  io: Pick<Io, 'browse'>
  tell(line: string): void
}

/** A client with the token named; where none was, with one of whoever signs on first. CLYRA_CLI_NO_SIGN_ON, CLYRA_SSO_OFF. */
export async function signedOnClient(connection: Connection, browser: Browser): Promise<Client> {
  if (connection.token !== null) return createClient(connection)
  const { token } = await signOnByBrowser(createClient(connection).session, open('sign on, to say who you are, at', browser))
  return createClient({ ...connection, token })
}

/**
 * The envelope, signed by the provider. CLYRA_APPROVAL_DISPLAY_MISMATCH before anybody signs on when the
 * gateway's statement is not about what was shown; CLYRA_CLI_NO_SIGN_ON when no browser came back.
 */
export async function signOnDecision(client: Client, view: ApprovalView, said: Said, browser: Browser): Promise<DecisionRequestEnvelope> {
  const { change_id } = view
  const { statement } = await client.state(change_id, said)
  const person = demandStated(statement, view, said)
  const { signature } = await signOnByBrowser(
    client.signOn(change_id, statement),
    open(`sign the decision as ${visible(person)} at`, browser),
  )
  return { payload: statement, payloadType: statementType, signatures: [signature] }
}

const open =
  (words: string, { io, tell }: Browser) =>
  (page: string): void => {
    tell(`${words} ${page}`)
    io.browse(page)
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

function predicateOf(bytes: Buffer): DecisionStatement['predicate'] {
  try {
    return (JSON.parse(bytes.toString()) as DecisionStatement).predicate
  } catch (cause) {
    throw new ClyraError('CLYRA_CLI_BAD_ANSWER', 'expected a statement from the gateway, found something else', { cause })
  }
}
