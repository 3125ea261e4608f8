// Signing on from a terminal: the browser ends at an address of the person's own machine with a code, and only the terminal that began
// can redeem it (RFC 8252 §7.3, RFC 7636).
import { ClyraError } from '../../core/errors.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { beginSignOn, configured, type SignOnAsk, type SignOnDeps } from './sign-on.ts'
import { mintToken, readToken } from './tokens.ts'

type Deps = SignOnDeps & Pick<GatewayDeps, 'tenant'>

export interface TerminalAsk extends Pick<SignOnAsk, 'tenant' | 'person' | 'nonce'> {
  purpose: 'session' | 'decision'
  change_id: string | null
  /** `http://127.0.0.1:<port>/signed-on`. */
  address: string
  /** base64url of the SHA-256 of the terminal's secret. */
  challenge: string
}

/** The only addresses a browser is sent on to. */
export const terminalAddress = '^http://127\\.0\\.0\\.1:[1-9][0-9]{0,4}/signed-on$'

const beginSeconds = 5 * 60

/** The page the person opens in his browser, once. CLYRA_SSO_OFF. */
export async function beginTerminal(deps: Deps, ask: TerminalAsk): Promise<{ url: string; expires_at: string }> {
  configured(deps)
  const { ledger, tenantKey, door } = deps
  const { tenant, person } = ask
  const { text, id, expires_at } = mintToken(tenantKey, 'terminal', { tenant, person: person ?? '' }, beginSeconds, await ledger.log.now())
  await ledger.signOns.keep(tenant, id, JSON.stringify(ask), beginSeconds)
  return { url: `${door.origin}/approve/terminal?begin=${text}`, expires_at }
}

/** Away to the provider. CLYRA_API_UNAUTHENTICATED for a token that is not valid or was used, and what `beginSignOn` rejects with. */
export async function leaveForTerminal(deps: Deps, token: string): Promise<{ url: string; cookie: string }> {
  const { ledger, tenantKey } = deps
  const { tenant, id } = readToken(tenantKey, 'terminal', token, await ledger.log.now())
  const text = await ledger.signOns.take(tenant, id)
  if (text === null)
    throw new ClyraError('CLYRA_API_UNAUTHENTICATED', 'expected a page of a terminal that was not used, found one that was')
  const { purpose, person, nonce, change_id, address, challenge } = JSON.parse(text) as TerminalAsk
  const about: Record<string, string> = change_id === null ? {} : { change_id }
  return beginSignOn(deps, { tenant, purpose, person, nonce, about, return_to: '/approve', terminal: { address, challenge } })
}
