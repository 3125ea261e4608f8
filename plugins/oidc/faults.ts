// What the errors of openid-client and jose mean to us. Their causes stay behind: they hold claims and responses.
import { errors } from 'jose'
import { ClyraError, type ErrorCode } from '../../core/errors.ts'

const claimCodes: Readonly<Record<string, ErrorCode>> = {
  iss: 'CLYRA_SSO_ISSUER',
  aud: 'CLYRA_SSO_AUDIENCE',
  azp: 'CLYRA_SSO_AUDIENCE',
  nonce: 'CLYRA_SSO_NONCE',
}

const codes: Readonly<Record<string, ErrorCode>> = {
  OAUTH_JWT_TIMESTAMP_CHECK_FAILED: 'CLYRA_SSO_STALE',
  OAUTH_INVALID_RESPONSE: 'CLYRA_SSO_CLAIM',
  OAUTH_AUTHORIZATION_RESPONSE_ERROR: 'CLYRA_SSO_REFUSED',
  OAUTH_RESPONSE_BODY_ERROR: 'CLYRA_SSO_REFUSED',
  OAUTH_WWW_AUTHENTICATE_CHALLENGE: 'CLYRA_SSO_REFUSED',
  OAUTH_UNSUPPORTED_OPERATION: 'CLYRA_SSO_PROVIDER',
  OAUTH_MISSING_SERVER_METADATA: 'CLYRA_SSO_PROVIDER',
  OAUTH_INVALID_SERVER_METADATA: 'CLYRA_SSO_PROVIDER',
  OAUTH_HTTP_REQUEST_FORBIDDEN: 'CLYRA_SSO_PROVIDER',
  OAUTH_REQUEST_PROTOCOL_FORBIDDEN: 'CLYRA_SSO_PROVIDER',
  OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED: 'CLYRA_SSO_ISSUER',
}

/** The ClyraError for whatever the libraries threw: the code alone is told, and what was expected. */
export function faultOf(error: unknown, expected: string): ClyraError {
  if (error instanceof ClyraError) return error
  const code = codeOf(error as Thrown)
  return new ClyraError(
    code,
    `expected ${expected}, found ${code === 'CLYRA_SSO_UNREACHABLE' ? 'no answer that can be read' : 'otherwise'}`,
  )
}

interface Thrown {
  code?: string
  cause?: { cause?: { claim?: string; header?: unknown } }
}

function codeOf(error: Thrown): ErrorCode {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) return 'CLYRA_SSO_KEY'
  const { claim, header } = error.cause?.cause ?? {}
  if (error.code === 'OAUTH_JWT_CLAIM_COMPARISON_FAILED') return claimCodes[claim ?? ''] ?? 'CLYRA_SSO_CLAIM'
  // The header's alg is none that the provider says it signs with.
  if (error.code === 'OAUTH_INVALID_RESPONSE' && header !== undefined) return 'CLYRA_SSO_SIGNATURE'
  return codes[error.code ?? ''] ?? 'CLYRA_SSO_UNREACHABLE'
}
