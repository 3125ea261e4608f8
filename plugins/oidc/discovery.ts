// What the provider says of itself, believed for an hour and only as far as clyra.yaml names it.
import { createRemoteJWKSet } from 'jose'
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  clockTolerance,
  discovery,
  None,
} from 'openid-client'
import { ClyraError } from '../../core/errors.ts'
import { clockSkewSeconds } from '../../core/sign-on.ts'
import { faultOf } from './faults.ts'

export interface OidcOptions {
  /** Compared byte by byte with what the provider calls itself. */
  issuer: string
  client_id: string
  /** Without one the client is a public one. */
  client_secret?: string
}

export interface Discovered {
  client: Configuration
  keys: ReturnType<typeof createRemoteJWKSet>
}

const timeoutSeconds = 5
const believedForMs = 60 * 60 * 1000

/** Asks the provider, unless it did within the hour. */
export function discoverer(options: OidcOptions): { known(): Promise<Discovered>; anew(): Promise<Discovered> } {
  let last: { at: number; found: Promise<Discovered> } | null = null
  const anew = (): Promise<Discovered> => {
    const found = discover(options)
    last = { at: Date.now(), found }
    found.catch(() => {
      last = null
    })
    return found
  }
  return { anew, known: () => (last !== null && Date.now() - last.at < believedForMs ? last.found : anew()) }
}

/** CLYRA_SSO_UNREACHABLE, CLYRA_SSO_ISSUER, CLYRA_SSO_PROVIDER. */
async function discover({ issuer, client_id, client_secret }: OidcOptions): Promise<Discovered> {
  const server = new URL(issuer)
  const client = await discovery(
    server,
    client_id,
    { [clockTolerance]: clockSkewSeconds },
    client_secret === undefined ? None() : proving(client_secret),
    { timeout: timeoutSeconds, execute: isLoopback(server) ? [allowInsecureRequests] : [] },
  ).catch((error: unknown) => {
    throw faultOf(error, 'the provider of clyra.yaml and its discovery document')
  })
  const { issuer: calledItself, authorization_endpoint, token_endpoint, jwks_uri } = client.serverMetadata()
  // The library compares addresses as a browser would: a slash more or less is another issuer here.
  if (calledItself !== issuer)
    throw new ClyraError('CLYRA_SSO_ISSUER', 'expected the issuer of clyra.yaml byte by byte, found the provider calling itself otherwise')
  for (const [name, address] of Object.entries({ authorization_endpoint, token_endpoint, jwks_uri })) demandSafe(name, address)
  return { client, keys: createRemoteJWKSet(new URL(jwks_uri as string), { timeoutDuration: timeoutSeconds * 1000 }) }
}

// Basic is what a provider that names no method takes.
const proving =
  (secret: string): ClientAuth =>
  (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported
    const prove = methods === undefined || methods.includes('client_secret_basic') ? ClientSecretBasic : ClientSecretPost
    prove(secret)(server, ...rest)
  }

function demandSafe(name: string, address: string | undefined): void {
  const url = URL.parse(address ?? '')
  if (url === null || !(url.protocol === 'https:' || isLoopback(url)))
    throw new ClyraError('CLYRA_SSO_PROVIDER', `expected the provider's ${name} to be an https address, found otherwise`)
}

const isLoopback = ({ protocol, hostname }: URL): boolean => protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
