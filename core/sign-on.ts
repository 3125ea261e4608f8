// Company sign-on (OpenID Connect) as Clyra sees it: whose account is whom, and what a token must say.

/** The one provider an installation believes, and what it demands of its ID tokens. */
export interface Provider {
  /** Compared byte by byte. */
  iss: string
  client_id: string
  /** A claim that must have exactly this value, where the issuer serves many companies. */
  tenant_claim: { name: 'tid' | 'hd' | 'org_id'; value: string } | null
  /** Of which one must be the token's acr for grade enhanced; empty: none is demanded. */
  acr_values: readonly string[]
  /** How old a sign-on may be when a decision is checked. */
  max_age_seconds: number
}

/** An account that is a person. `unlinked_at` not null: it counts no more, and never again. */
export interface Subject {
  person: string
  /** Hex SHA-256 of the canonical [iss, sub]. */
  subject_id: string
  iss: string
  sub: string
  linked_at: string
  unlinked_at: string | null
}

/** A signing key of the provider, as its JWKS had it at `seen_at`. `spki` is DER in base64. */
export interface IdpKey {
  iss: string
  kid: string
  alg: 'RS256' | 'ES256'
  spki: string
  seen_at: string
}

/** What a verified ID token says; the body of a decision's `sign_on`. */
export interface SignOn {
  id_token_digest: string
  auth_time: string
  acr: string | null
  amr: string[]
}

/** Seconds by which clocks of provider and store may differ. */
export const clockSkewSeconds = 60
