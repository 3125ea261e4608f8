// Signing on with the company's account: away to the provider with something to sign, back with its ID token. The token's nonce says
// what was signed on for; state and cookie say that this browser left and came back, once.
import { createHash, randomBytes } from 'node:crypto'
import { ssoErrors } from '../../core/errors/sso.ts'
import { ClyraError, codeOf, type ErrorCode } from '../../core/errors.ts'
import type { DoorRefusal } from '../../core/generated/types.ts'
import type { IdentityProvider } from '../../core/ports.ts'
import { clockSkewSeconds, type IdpKey, type Provider } from '../../core/sign-on.ts'
import { type VerifiedToken, verifyIdToken } from '../../evidence/id-token.ts'
import { actorOfPerson } from '../control/approver-key.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { cookieOf, cookieWith } from './cookies.ts'
import { recordRefusal, refusedAtTheDoor } from './refusals.ts'
import { type DoorClaims, mintToken, readToken } from './tokens.ts'

export type SignOnDeps = Pick<GatewayDeps, 'ledger' | 'tenantKey' | 'door' | 'signOn' | 'provider' | 'trustChanged' | 'log'>

/** What a person is asked to sign on for. */
export interface SignOnAsk {
  tenant: string
  purpose: 'session' | 'link' | 'slack' | 'decision'
  /** Whose account it must be; null: whoever's it is. For `link` whose it is to become. */
  person: string | null
  /** For a decision `assertionChallenge` of its message (evidence/assertion.ts); else null, and a random one is made. */
  nonce: string | null
  /** Comes back as it is. For a decision `change_id` stands in it. */
  about: Readonly<Record<string, string>>
  /** A path of the door, where the browser goes on. */
  return_to: string
  /** Set where a terminal waits for the result, at an address of its own machine (terminal.ts). */
  terminal?: { address: string; challenge: string }
}

/** Somebody who signed on. The token has been verified; nothing but it said who he is. */
export interface SignedOn extends Omit<SignOnAsk, 'nonce' | 'person'> {
  person: string
  token: string
  verified: VerifiedToken
}

interface Pending extends SignOnAsk {
  nonce: string
  verifier: string
  begun_at: string
}

const pendingSeconds = 10 * 60
const prompts = { most: 3, within: 10 * 60 }

/** Where the provider sends every browser back to. */
export const redirectUri = ({ origin }: GatewayDeps['door']): string => `${origin}/approve/callback`

/**
 * Where the browser is to go, and the cookie it must take along. CLYRA_DOOR_LOCKED for a person who was asked too often without coming
 * to a decision, CLYRA_SSO_OFF, and what the port rejects with.
 */
export async function beginSignOn(deps: SignOnDeps, ask: SignOnAsk): Promise<{ url: string; cookie: string }> {
  const { ledger, tenantKey, door } = deps
  const { signOn, provider } = configured(deps)
  const begun_at = await ledger.log.now()
  const secret = randomBytes(32).toString('base64url')
  const claims = { tenant: ask.tenant, person: '', bound: hashOf(secret) }
  const { text: state, id } = mintToken(tenantKey, 'sign_on', claims, pendingSeconds, begun_at)
  const nonce = ask.nonce ?? randomBytes(32).toString('base64url')
  const { acr_values, max_age_seconds } = provider
  const { url, verifier } = await signOn.begin({ redirect_uri: redirectUri(door), state, nonce, acr_values, max_age_seconds })
  const pending: Pending = { ...ask, nonce, verifier, begun_at }
  if (!(await kept(deps, id, pending))) {
    await recordRefusal(deps, { ...aboutOf(pending), code: 'CLYRA_DOOR_LOCKED' })
    throw new ClyraError('CLYRA_DOOR_LOCKED', `expected at most ${prompts.most} sign-ons in ten minutes without a decision, found more`)
  }
  return { url, cookie: cookieWith(door, cookieName(id), secret, pendingSeconds, 'Lax') }
}

/**
 * Whoever came back, by the query and the cookies of the callback. Every refusal leaves a receipt with its code and is
 * CLYRA_DOOR_REFUSED outside; CLYRA_SSO_UNREACHABLE and CLYRA_SSO_PROVIDER where the provider failed us.
 */
export async function finishSignOn(
  deps: SignOnDeps & Pick<GatewayDeps, 'tenant'>,
  { query, cookies }: { query: string; cookies: string | undefined },
): Promise<SignedOn> {
  let about: Parameters<typeof recordRefusal>[1] | null = null
  try {
    const claims = await stateOf(deps, query, cookies)
    const text = await deps.ledger.signOns.take(claims.tenant, claims.id)
    if (text === null) throw refusal('CLYRA_SSO_STATE')
    const pending = JSON.parse(text) as Pending
    about = { ...aboutOf(pending), code: 'CLYRA_SSO_STATE' }
    return await judged(deps, pending, { query, state: new URLSearchParams(query).get('state') ?? '' })
  } catch (error) {
    const code = codeOf(error)
    if (!Object.hasOwn(ssoErrors, code) || ours.includes(code)) throw error
    await recordRefusal(deps, { ...(about ?? { tenant: deps.tenant, door: 'page', change_id: null, person: null }), code })
    throw refusedAtTheDoor()
  }
}

async function judged(deps: SignOnDeps, pending: Pending, { query, state }: { query: string; state: string }): Promise<SignedOn> {
  const { ledger, door } = deps
  const { signOn, provider } = configured(deps)
  const { nonce, verifier, begun_at, person: expected, ...asked } = pending
  const { id_token: token, key } = await signOn.finish({ redirect_uri: redirectUri(door), query, state, nonce, verifier })
  const at = await ledger.log.now()
  const verified = await verifyIdToken(token, { provider, keys: [{ ...key, seen_at: at }], nonce, at })
  if ('code' in verified) throw refusal(verified.code)
  // Who was not asked anew has an older session at the provider: he did not come for this.
  if (Date.parse(verified.sign_on.auth_time) < Date.parse(begun_at) - clockSkewSeconds * 1000) throw refusal('CLYRA_SSO_STALE')
  const { subjects, idp_keys } = await ledger.identities.registry(pending.tenant)
  const account = subjects.find(({ subject_id }) => subject_id === verified.subject_id)
  const person = account === undefined && asked.purpose === 'link' ? expected : (account?.person ?? null)
  if (person === null || (account ?? { unlinked_at: null }).unlinked_at !== null || person !== (expected ?? person))
    throw refusal('CLYRA_SSO_UNLINKED')
  await see(deps, pending.tenant, person, key, idp_keys)
  return { ...asked, person, token, verified }
}

// The key stands in the log before anything that rests on it.
async function see(
  deps: SignOnDeps,
  tenant: string,
  person: string,
  key: Omit<IdpKey, 'seen_at'>,
  known: readonly IdpKey[],
): Promise<void> {
  const { iss, kid, alg, spki } = key
  if (known.some((one) => one.iss === iss && one.kid === kid && one.alg === alg && one.spki === spki)) return
  await deps.ledger.identities.seeKey(tenant, key, { actor: actorOfPerson(person), person })
  await deps.trustChanged()
}

async function stateOf({ ledger, tenantKey, door }: SignOnDeps, query: string, cookies: string | undefined): Promise<DoorClaims> {
  try {
    const claims = readToken(tenantKey, 'sign_on', new URLSearchParams(query).get('state') ?? '', await ledger.log.now())
    // Another browser has no such cookie: somebody planted the callback there.
    if (hashOf(cookieOf(door, cookies, cookieName(claims.id))) === claims.bound) return claims
  } catch (error) {
    if (codeOf(error) !== 'CLYRA_API_UNAUTHENTICATED') throw error
  }
  throw refusal('CLYRA_SSO_STATE')
}

function kept({ ledger }: SignOnDeps, id: string, pending: Pending): Promise<boolean> {
  const { tenant, person } = pending
  const text = JSON.stringify(pending)
  if (person === null) return ledger.signOns.keep(tenant, id, text, pendingSeconds).then(() => true)
  return ledger.signOns.prompt(tenant, id, text, pendingSeconds, { person, ...prompts })
}

const doors: Record<SignOnAsk['purpose'], DoorRefusal['door']> = { session: 'page', decision: 'page', link: 'enrolment', slack: 'slack' }

const aboutOf = ({ tenant, purpose, person, about, terminal }: SignOnAsk) => ({
  tenant,
  door: terminal === undefined ? doors[purpose] : ('cli' as const),
  change_id: about.change_id ?? null,
  person,
})

/** The sign-on of this installation. CLYRA_SSO_OFF where there is none. */
export function configured({ signOn, provider }: Pick<SignOnDeps, 'signOn' | 'provider'>): {
  signOn: IdentityProvider
  provider: Provider
} {
  if (signOn === null || provider === null) throw new ClyraError('CLYRA_SSO_OFF', 'expected a configured sign-on, found none')
  return { signOn, provider }
}

/** base64url of the SHA-256 of a text. */
export const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

// Nobody is to blame but the provider, or its configuration.
const ours: readonly ErrorCode[] = ['CLYRA_SSO_UNREACHABLE', 'CLYRA_SSO_PROVIDER', 'CLYRA_SSO_OFF']

const cookieName = (id: string): string => `clyra_sso_${id}`
const refusal = (code: ErrorCode): ClyraError => new ClyraError(code, 'expected a sign-on that proves who you are, found none')
