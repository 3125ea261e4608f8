// A provider of sign-ons in memory: an RSA key that makes ID tokens, and says what it is told to.
import { generateKeyPairSync, sign } from 'node:crypto'
import type { IdpKey, Provider } from '../../core/sign-on.ts'

export interface SoftProvider {
  provider: Provider
  key: IdpKey
  /** A compact JWS of these claims; `header` overrides what its header says. */
  token(claims: Record<string, unknown>, header?: Record<string, unknown>): string
}

/** A fresh provider with one RS256 key, seen at the beginning of time. */
export function softProvider(iss = 'https://idp.example', part: Partial<Provider> = {}): SoftProvider {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = { iss, client_id: 'clyra', tenant_claim: null, acr_values: [], max_age_seconds: 300, ...part }
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return {
    provider,
    key: { iss, kid: 'one', alg: 'RS256', spki, seen_at: '2026-01-01T00:00:00.000Z' },
    token(claims, header = {}) {
      const said = [
        { alg: 'RS256', kid: 'one', ...header },
        { iss, aud: provider.client_id, ...claims },
      ]
      const signed = said.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
    },
  }
}
