// Who stands at the door: a passkey opens a session, the session is a signed cookie, and the passkey is looked up on every request.
import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { ClyraError } from '../../core/errors.ts'
import { type Assertion, verifyAssertion } from '../../evidence/assertion.ts'
import type { ApproverRow, Passkey, Principal } from '../../ledger/types.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { mintToken, proofMessage, readToken } from './tokens.ts'

type Deps = Pick<GatewayDeps, 'tenant' | 'ledger' | 'tenantKey' | 'door'>

const loginSeconds = 2 * 60
const sessionSeconds = 15 * 60

/** Somebody who signed in, with the passkey he did it with. */
export interface Visitor {
  principal: Principal & { person: string }
  passkey: Passkey
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
  const session = mintToken(tenantKey, 'session', { tenant, person: row.person, key_id: row.key_id }, sessionSeconds, now)
  return cookieWith(door, session.text, sessionSeconds)
}

/** The cookie that takes the session from this browser. */
export const signedOutCookie = (door: Deps['door']): string => cookieWith(door, '', 0)

/** Who asks. CLYRA_DOOR_SIGNED_OUT without a session, and with that of a passkey that was revoked since. */
export async function visitorOf({ tenantKey, ledger, door }: Deps, { headers }: FastifyRequest): Promise<Visitor> {
  const { tenant, key_id } = claimsOf(tenantKey, cookieOf(headers.cookie, cookieName(door)), await ledger.log.now())
  const row = (await ledger.approvers.list(tenant)).find((approver) => approver.key_id === key_id)
  const passkey = passkeyOf(row, door)
  if (row === undefined || passkey === null) throw signedOut()
  const { person } = row
  return { principal: { tenant, actor: actorOfPerson(person), person, roles: ['approver'] }, passkey }
}

function claimsOf(tenantKey: Uint8Array, token: string, now: string): ReturnType<typeof readToken> {
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

// A __Host- cookie cannot be planted by a neighbouring host; a browser takes it with Secure and the path / alone.
const isSecure = ({ origin }: Deps['door']): boolean => origin.startsWith('https:')
const cookieName = (door: Deps['door']): string => (isSecure(door) ? '__Host-clyra_door' : 'clyra_door')
const cookiePath = (door: Deps['door']): string => (isSecure(door) ? '/' : '/approve')

const cookieWith = (door: Deps['door'], value: string, seconds: number): string =>
  `${cookieName(door)}=${value}; Path=${cookiePath(door)}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${isSecure(door) ? '; Secure' : ''}`

const cookieOf = (header: string | undefined, name: string): string =>
  (header ?? '')
    .split('; ')
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? ''

const refusal = () => new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a passkey that is enrolled here and its signature, found none')
const signedOut = () => new ClyraError('CLYRA_DOOR_SIGNED_OUT', 'expected a session of the approver’s door, found none')
