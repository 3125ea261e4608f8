// Asks the company's sign-on, as the gateway does.
import { ClyraError, codeOf, errorKind } from '../../core/errors.ts'
import { oidcProvider } from '../../plugins/oidc/index.ts'
import { type Config, providerOf, signOnClientOf } from '../../runtime/config.ts'
import { type Check, fail, ok } from '../checks.ts'
import { advertisedChecks } from './checks.ts'

/** One check, for `clyra doctor`. */
export async function signOnCheck(config: Config): Promise<Check> {
  if (config.sso === undefined) return ok('sign-on', 'none is configured')
  const found = await providerChecks(config)
  const failed = found.find(({ status }) => status === 'fail')
  return failed === undefined
    ? ok('sign-on', `${config.sso.issuer} answers`)
    : { ...failed, check: 'sign-on', remedy: `${failed.remedy} \`clyra sso doctor\` says more.` }
}

/** What the provider advertises; one failed check where it cannot be asked. */
export async function providerChecks(config: Config): Promise<Check[]> {
  const provider = providerOf(config)
  try {
    const client = signOnClientOf(config)
    if (client === null || provider === null) throw new ClyraError('CLYRA_SSO_OFF', 'expected `sso` in clyra.yaml, found none')
    return advertisedChecks(await oidcProvider(client).check(), provider)
  } catch (error) {
    const code = codeOf(error)
    return [fail('provider', `${code}: ${(error as Error).message}`, errorKind(code).remedy)]
  }
}
