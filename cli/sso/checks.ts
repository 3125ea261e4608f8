// What the company's sign-on says and sends, and what grade of approval that allows. In words: an administrator acts on it.
import { isMultiFactor } from '../../core/grade.ts'
import type { ProviderClaims } from '../../core/ports.ts'
import type { Provider, SignOn } from '../../core/sign-on.ts'
import { type Check, fail, ok, warn } from '../checks.ts'

const usable = ['RS256', 'ES256']

/** Checks of what the provider advertises. A claim it does not list may be sent all the same: only a sign-on tells. */
export function advertisedChecks(said: ProviderClaims, provider: Provider): Check[] {
  return [
    ok('provider', `${provider.iss} answers, and calls itself so`),
    algorithmCheck(said.algorithms),
    said.pkce
      ? ok('PKCE', 'S256')
      : warn('PKCE', 'S256 is not advertised', 'Nothing to do where codes are traded all the same; else have the provider support PKCE.'),
    said.iss_parameter
      ? ok('iss parameter', 'sent with every answer')
      : warn(
          'iss parameter',
          'not advertised',
          'One provider is configured, so answers cannot be mixed up; keep it the only one of this client.',
        ),
    listed(said.claims, 'auth_time')
      ? ok('auth_time', 'advertised')
      : warn('auth_time', absent, 'Run `clyra sso doctor --sign-on`: without it no sign-on counts, since nobody could tell how old it is.'),
    acrCheck(said, provider),
    listed(said.claims, 'amr') ? ok('amr', 'advertised') : warn('amr', absent, withoutAmr),
    advertisedGrade(said, provider),
  ]
}

/** Checks of what a sign-on really brought. */
export function sentChecks({ auth_time, acr, amr }: SignOn, provider: Provider): Check[] {
  const enough = reachesEnhanced(acr === null ? [] : [acr], provider)
  const reached = 'with a passkey over the same decision'
  return [
    ok('auth_time sent', auth_time),
    acr === null ? warn('acr sent', 'none', acrRemedy(provider)) : ok('acr sent', acr),
    amr.length === 0 ? warn('amr sent', 'none', withoutAmr) : ok('amr sent', amr.join(' ')),
    isMultiFactor({ passkey: false }, amr)
      ? ok('factors', 'the sign-on alone was more than one')
      : warn('factors', 'the sign-on does not say that it was more than one', withoutAmr),
    ok('grade standard', 'reached'),
    enough
      ? ok('grade enhanced', `reached ${reached}`)
      : warn('grade enhanced', `not reached: ${missing(provider, acr)}`, acrRemedy(provider)),
  ]
}

const absent = 'not advertised'
const withoutAmr = 'A passkey shows two factors by itself; a sign-on without amr shows one.'

const listed = (claims: readonly string[] | null, name: string): boolean => claims?.includes(name) ?? false

const reachesEnhanced = (acrs: readonly string[], { acr_values }: Provider): boolean =>
  acr_values.length === 0 || acr_values.some((value) => acrs.includes(value))

const acrRemedy = ({ acr_values }: Provider): string =>
  acr_values.length === 0
    ? 'Nothing to do: clyra.yaml demands no acr.'
    : 'Have the provider send acr for this client, or take acr_values out of clyra.yaml: the passkey is then the second proof alone.'

const missing = ({ acr_values }: Provider, acr: string | null): string =>
  `acr must be one of ${acr_values.join(', ')}, and the token ${acr === null ? 'has none' : 'has another'}`

function algorithmCheck(algorithms: readonly string[] | null): Check {
  const shared = (algorithms ?? ['RS256']).filter((one) => usable.includes(one))
  return shared.length > 0
    ? ok('algorithm', shared.join(' '))
    : fail('algorithm', 'neither RS256 nor ES256', 'Have the provider sign the ID tokens of this client with RS256 or ES256.')
}

function acrCheck({ acr_values, claims }: ProviderClaims, provider: Provider): Check {
  if (provider.acr_values.length === 0) return ok('acr', 'none is demanded')
  if (acr_values !== null && reachesEnhanced(acr_values, provider)) return ok('acr', 'a demanded value is advertised')
  return warn(
    'acr',
    acr_values !== null ? 'no demanded value is advertised' : listed(claims, 'acr') ? 'advertised, without values' : absent,
    acrRemedy(provider),
  )
}

function advertisedGrade({ acr_values, claims }: ProviderClaims, provider: Provider): Check {
  const reached = reachesEnhanced(acr_values ?? [], provider)
  if (reached) return ok('grade', 'standard, and enhanced with a passkey, as far as the provider advertises')
  const why = acr_values === null && !listed(claims, 'acr') ? 'the claim acr is not advertised' : 'no demanded acr value is advertised'
  return warn(
    'grade',
    `standard; enhanced is not reached: ${why}`,
    `${acrRemedy(provider)} \`clyra sso doctor --sign-on\` tells what is really sent.`,
  )
}
