// Who stands at the door: a passkey or the company's sign-on opens a session, the session is a signed cookie, and what opened it is
// looked up on every request.
import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ClyraError } from '../../core/errors.ts'
import { type Assertion, verifyAssertion } from '../../evidence/assertion.ts'
import type { ApproverRow, Passkey, Principal } from '../../ledger/types.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { cookieOf, cookieWith } from './cookies.ts'
import type { SignedOn } from './sign-on.ts'
import { type DoorClaims, mintToken, proofMessage, readToken } from './tokens.ts'

type Deps = Pick<GatewayDeps, 'tenant' | 'ledger' | 'tenantKey' | 'door' | 'provider'>

const loginSeconds = 2 * 60
const sessionSeconds = 15 * 60

/** Somebody who signed in. */
export interface Visitor {
  principal: Principal & { person: string }
  /** The one he signed in with, else the last he enrolled here; null when there is none. */
  passkey: Passkey | null
  /** His account at the configured provider; null when none is linked. */
  subject_id: string | null
}

/** A token for one login page: it is what the passkey signs (proofMessage). Good for two minutes, once. */
export const newLogin = async ({ tenant, tenantKey, ledger }: Deps): Promise<string> =>
  mintToken(tenantKey, 'login', { tenant, person: '' }, loginSeconds, await ledger.log.now()).text

/**
 * Opens a session; answers its cookie. CLYRA_API_UNAUTHENTICATED, whatever is wrong: the token, the passkey, its signature, or that
 * the token was used before.
 */
export async function logIn(deps: Deps, token: string, credentialId: string, assertion: Assertion): Promise<string> {
  const { tenantKey, ledger, door } = deps
  const now = await ledger.log.now()
  const { tenant, id } = readToken(tenantKey, 'login', token, now)
  const row = (await ledger.approvers.list(tenant)).find(({ webauthn }) => webauthn?.credential_id === credentialId)
  const webauthn = passkeyOf(row, door)
  if (row === undefined || webauthn === null) throw refusal()
  if (!verifyAssertion({ spki: Buffer.from(row.spki, 'base64'), webauthn }, proofMessage('login', token), assertion)) throw refusal()
  if (!(await ledger.singleUse.consume(tenant, 'login', id, randomUUID()))) throw refusal()
  return sessionCookie(deps, { tenant, person: row.person, key_id: row.key_id }, now)
}

/** The cookie of a session for somebody who signed on with his account. */
export const signedOnCookie = async (deps: Deps, { tenant, person, verified: { subject_id } }: SignedOn): Promise<string> =>
  sessionCookie(deps, { tenant, person, subject_id }, await deps.ledger.log.now())

const sessionCookie = ({ tenantKey, door }: Deps, claims: Omit<DoorClaims, 'id' | 'exp'>, now: string): string =>
  cookieWith(door, sessionName, mintToken(tenantKey, 'session', claims, sessionSeconds, now).text, sessionSeconds, 'Strict')

/** The cookie that takes the session from this browser. */
export const signedOutCookie = (door: Deps['door']): string => cookieWith(door, sessionName, '', 0, 'Strict')

/** Who asks. CLYRA_DOOR_SIGNED_OUT without a session, and with that of a passkey that was revoked or an account unlinked since. */
export async function visitorOf({ tenantKey, ledger, door, provider }: Deps, { headers }: FastifyRequest): Promise<Visitor> {
  const { tenant, person, key_id, subject_id } = claimsOf(tenantKey, cookieOf(door, headers.cookie, sessionName), await ledger.log.now())
  const { approvers, subjects } = await ledger.identities.registry(tenant)
  const keys = approvers.filter((row) => row.person === person && passkeyOf(row, door) !== null)
  const accounts = subjects.filter((one) => one.person === person && one.unlinked_at === null && one.iss === provider?.iss)
  const key = key_id === undefined ? keys.at(-1) : keys.find((row) => row.key_id === key_id)
  const account = subject_id === undefined ? accounts.at(-1) : accounts.find((one) => one.subject_id === subject_id)
  if ((key_id !== undefined || subject_id === undefined) && key === undefined) throw signedOut()
  if (subject_id !== undefined && account === undefined) throw signedOut()
  return {
    principal: { tenant, actor: actorOfPerson(person), person, roles: ['approver'] },
    passkey: passkeyOf(key, door),
    subject_id: account?.subject_id ?? null,
  }
}

function claimsOf(tenantKey: Uint8Array, token: string, now: string): DoorClaims {
  try {
    return readToken(tenantKey, 'session', token, now)
  } catch {
    throw signedOut()
  }
}

// One made for another address signs nothing here.
function passkeyOf(row: ApproverRow | undefined, { origin }: Deps['door']): Passkey | null {
  return row?.revoked_at === null && row.webauthn?.origin === origin ? row.webauthn : null
}

const sessionName = 'clyra_door'

const refusal = () => new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a passkey that is enrolled here and its signature, found none')
const signedOut = () => new ClyraError('CLYRA_DOOR_SIGNED_OUT', 'expected a session of the approver’s door, found none')
