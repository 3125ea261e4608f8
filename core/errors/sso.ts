import type { ErrorKind } from '../errors.ts'

const again = 'Sign on again from the page of the change, and decide there.'

export const ssoErrors = {
  CLYRA_SSO_KEY: { http: 409, retryable: false, remedy: 'Run `clyra sso doctor`: the token names no known signing key of the provider.' },
  CLYRA_SSO_SIGNATURE: { http: 409, retryable: false, remedy: again },
  CLYRA_SSO_ISSUER: { http: 409, retryable: false, remedy: 'Sign on with the configured provider; its issuer is compared byte by byte.' },
  CLYRA_SSO_AUDIENCE: { http: 409, retryable: false, remedy: 'Sign on from this door: the token was made for somebody else.' },
  CLYRA_SSO_NONCE: { http: 409, retryable: false, remedy: again },
  CLYRA_SSO_TENANT: { http: 409, retryable: false, remedy: 'Sign on with an account of the configured company.' },
  CLYRA_SSO_STALE: { http: 409, retryable: false, remedy: again },
  CLYRA_SSO_CLAIM: { http: 409, retryable: false, remedy: 'Run `clyra sso doctor`: the provider leaves out or misspells a claim.' },
  CLYRA_SSO_ACR: { http: 409, retryable: false, remedy: 'Sign on with the authenticator the configured acr_values ask for.' },
  CLYRA_SSO_UNLINKED: {
    http: 409,
    retryable: false,
    remedy: 'Ask an administrator for an invitation and link your account: it belongs to nobody here, or to somebody else.',
  },
  CLYRA_SSO_UNREACHABLE: {
    http: 502,
    retryable: true,
    remedy: 'The provider does not answer; try again later, and run `clyra sso doctor`. What waits goes on waiting.',
  },
  CLYRA_SSO_PROVIDER: {
    http: 502,
    retryable: false,
    remedy: 'Run `clyra sso doctor`: the provider is not what clyra.yaml says, or does not do what sign-on needs.',
  },
  CLYRA_SSO_REFUSED: { http: 409, retryable: false, remedy: again },
  CLYRA_SSO_STATE: { http: 409, retryable: false, remedy: again },
  CLYRA_SSO_OFF: { http: 409, retryable: false, remedy: 'Configure `sso` in clyra.yaml, or decide with a key or a passkey.' },
} satisfies Record<string, ErrorKind>
