// What a sign-on brought, handed on once: to the page that asked for it, or to the terminal that began it.
import { ClyraError } from '../../core/errors.ts'
import type { DsseEnvelope } from '../../core/generated/types.ts'
import type { SignOn } from '../../core/sign-on.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { hashOf, type SignedOn, type SignOnAsk } from './sign-on.ts'
import { mintToken, readToken } from './tokens.ts'

type Deps = Pick<GatewayDeps, 'ledger' | 'tenantKey' | 'provider'>

/** What whoever asked for a sign-on gets to know of it. */
export interface Claimed {
  tenant: string
  purpose: SignOnAsk['purpose']
  person: string
  subject_id: string
  about: SignOnAsk['about']
  sign_on: SignOn
  /** For a decision: the envelope's signature. Its token is kept by now. */
  signature: Required<Pick<DsseEnvelope['signatures'][number], 'sig' | 'id_token'>>
}

const codeSeconds = 2 * 60

/** A code for the result. It is worth nothing but to the person who signed on, or to the terminal that began it. */
export async function handOver({ ledger, tenantKey }: Deps, signedOn: SignedOn): Promise<string> {
  const { tenant, person, terminal } = signedOn
  const bound = terminal === undefined ? {} : { bound: terminal.challenge }
  const { text, id } = mintToken(tenantKey, 'signed_on', { tenant, person, ...bound }, codeSeconds, await ledger.log.now())
  await ledger.signOns.keep(tenant, id, JSON.stringify(signedOn), codeSeconds)
  return text
}

/**
 * The result behind a code, once. `by` is the person whose session asks, or the secret whose hash the terminal began with. For a
 * decision the ID token is kept from now on. CLYRA_API_UNAUTHENTICATED.
 */
export async function claimSignOn(deps: Deps, code: string, by: { person: string } | { verifier: string }): Promise<Claimed> {
  const { ledger, tenantKey, provider } = deps
  const { tenant, id, person, bound } = readToken(tenantKey, 'signed_on', code, await ledger.log.now())
  if ('verifier' in by ? hashOf(by.verifier) !== bound : bound !== undefined || by.person !== person) throw refusal()
  const text = await ledger.signOns.take(tenant, id)
  if (text === null || provider === null) throw refusal()
  const { token, verified, purpose, about } = JSON.parse(text) as SignedOn
  const { kid, alg, sig, subject_id, sign_on } = verified
  if (purpose === 'decision') await ledger.identities.keepToken(tenant, about.change_id ?? '', token)
  const id_token = { digest: sign_on.id_token_digest, iss: provider.iss, kid, alg }
  return { tenant, purpose, person, subject_id, about, sign_on, signature: { sig, id_token } }
}

const refusal = (): ClyraError => new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a sign-on of yours that was not used, found none')
