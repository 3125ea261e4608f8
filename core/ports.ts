// What Clyra needs from outside systems. Each plugin fills one port and passes its contract suite (tests/contracts).
import type { Facts, Outcome, Payload, SchemaSnapshot, WarehouseAnchorAnchor } from './generated/types.ts'
import type { State } from './lifecycle.ts'
import type { IdpKey } from './sign-on.ts'

/** Facts, but for what Clyra itself knows. */
export type Examined = Omit<Facts, 'history'>

/** Finds out what a payload would do, without doing it. Never throws for bad SQL: it answers with refusals. */
export interface Analyser {
  analyse(payload: Payload): Promise<Examined>
}

/** What the executor is handed. `payload` has been hashed and compared by the caller on its very bytes. */
export interface EnforceRequest {
  change_id: string
  attempt: number
  payload: Payload
  payload_digest: string
  row_limit: number
  /** The approval certificate (UUIDv7) it is done under; null where policy allowed it and nobody approved. */
  certificate_id: string | null
}

/** What was seen inside the transaction, before COMMIT. Snapshots are whole; `effect` names them by digest. */
export interface Prepared {
  affected_rows: number
  rows_by_statement: number[]
  before: SchemaSnapshot
  after: SchemaSnapshot
  anchors: [WarehouseAnchorAnchor, WarehouseAnchorAnchor]
}

/** How an enforcement ended. `code` is a CLYRA_* code, null only when enforced; only SQLSTATE leaves the plugin. */
export interface Settled {
  outcome: Extract<Outcome['outcome'], 'enforced' | 'failed' | 'ambiguous'>
  code: string | null
  sqlstate: string | null
  statement: number | null
  settled_by: Outcome['settled_by']
}

/** Applies a payload exactly once per (change_id, attempt), or proves it was not applied, or says it cannot tell. */
export interface Enforcer {
  /**
   * Applies the payload in one transaction. `prepare` is awaited before COMMIT; when it throws, nothing is committed.
   * A second call for the same (change_id, attempt) settles instead of applying again.
   * A certificate serves the one attempt that was applied under it: any other that names it fails with CLYRA_ENFORCE_CERTIFICATE_USED.
   * `signal` aborts before COMMIT only.
   */
  enforce(request: EnforceRequest, prepare: (prepared: Prepared) => Promise<void>, signal: { readonly aborted: boolean }): Promise<Settled>
  /** Whether a past attempt applied. Leaves a tombstone where it did not, so that it never can. */
  settle(request: Pick<EnforceRequest, 'change_id' | 'attempt' | 'payload_digest'>): Promise<Settled>
}

/** What a caller's transaction left when it redeemed a grant. `redeemed_at` by the warehouse's clock. */
export interface Redemption {
  grant_id: string
  xid: string
  login: string
  redeemed_at: string
}

/** `token_hash` is `sha256:<hex>` of the token's UTF-8 bytes. Times RFC 3339 UTC. */
export interface IssueRequest {
  change_id: string
  attempt: number
  payload_digest: string
  grant_id: string
  token_hash: string
  login: string
  expires_at: string
  /** As in EnforceRequest; every grant of an attempt names the same. */
  certificate_id: string | null
}

/** Lets a caller do the work in his own transaction, once, and sees afterwards what became of it. */
export interface Granter {
  /** The touched relations' schema snapshot and where the warehouse's history is now; changes nothing. `xid` goes into the anchor. */
  survey(
    payload: Payload,
    position: 'before' | 'after',
    xid: string | null,
  ): Promise<{ snapshot: SchemaSnapshot; anchor: WarehouseAnchorAnchor }>
  /**
   * Makes a token redeemable by one login until it expires, and revokes those issued before for the attempt.
   * 'redeemed' or 'void': the attempt is settled, nothing was issued.
   * Rejects with CLYRA_GRANT_IN_USE (retryable) while an earlier grant is being redeemed, CLYRA_GRANT_LOGIN for a login that is no caller there.
   */
  issue(request: IssueRequest): Promise<'issued' | 'redeemed' | 'void'>
  /** The committed redemption of an attempt, or null. Lays no tombstone. */
  redemption(attempt: Pick<EnforceRequest, 'change_id' | 'attempt' | 'payload_digest'>): Promise<Redemption | null>
}

/** A warehouse Clyra governs. */
export interface Warehouse extends Analyser, Enforcer, Granter {
  readonly platform: string
  readonly simulated: boolean
  /** Its own clock now, RFC 3339 UTC with milliseconds. Rejects with a retryable code when it does not answer. */
  now(): Promise<string>
  /** Rejects with CLYRA_* when it cannot be used; names what is missing. */
  check(): Promise<void>
  close(): Promise<void>
}

/** Signs messages. The key never leaves it; every signature is verified before it is returned (CLYRA_EVIDENCE_SIGNER). */
export interface Signer {
  /** Hex SHA-256 of the SPKI DER. */
  readonly keyId: string
  readonly alg: 'ES256' | 'Ed25519'
  readonly spki: Uint8Array
  /** ES256: DER signature over SHA-256 of the message. Ed25519: 64 raw bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>
}

/** What a ticket says of a change. */
export interface TicketRequest {
  change_id: string
  attempt: number
  tenant: string
  outcome: Outcome['outcome']
  bundle_id: string
  attestation_digest: string
  evidence_file: string
  verify_command: string
  target: string
  reason: string
  policy: { policy_id: string; policy_digest: string; outcome: string; rules: string[] }
  controls: { control: string; status: string; references: string[] }[]
  approvers: string[]
  requester: string
  sealed_at: string
}

/** Opens a ticket; the same bundle_id always gives the same reference, never a second ticket. */
export interface Ticketer {
  readonly tracker: string
  open(request: TicketRequest): Promise<{ reference: string }>
}

/** What approvers are told of one attempt of a change (core/notice.ts). Holds no SQL text, no value and not the requester's reason. */
export interface Notice {
  change_id: string
  attempt: number
  target: string
  /** AWAITING_APPROVAL while decisions are asked for; after the outcome the state that belongs to it. */
  state: State
  code: string | null
  /** Statement kinds, written relations, estimates: one line. */
  what: string
  estimated_rows: number | null
  /** The rules of policy that ask for approval. */
  reasons: { rule: string; why: string }[]
  /** Everyone who asked. */
  requesters: string[]
  /** Those among them whom a tool named and nobody verified. */
  claimed_for: string[]
  deadline: string
  quorum: number
  /** Empty: every enrolled approver may decide. */
  eligible_approvers: string[]
  approved_by: string[]
  rejected_by: string | null
  /** The approver's page, the one place where a decision is made. */
  url: string
}

/** Tells approvers where they are. What they answer there does not come back through it. */
export interface Notifier {
  /** Rejects with a code when it cannot be used now; sends nothing that anybody sees. */
  check(): Promise<void>
  /** A new message for each call. A rejection says nothing of whether it was sent; CLYRA_SLACK_REFUSED: it never can be. */
  announce(notice: Notice): Promise<{ reference: string }>
  /** Makes an announced message say what the notice says now. CLYRA_SLACK_REFUSED: that message can never be changed again. */
  update(reference: string, notice: Notice): Promise<void>
}

/** What a user is to Slack. */
export type SlackStanding = 'member' | 'bot' | 'guest' | 'stranger' | 'deleted'

/** People in Slack. Every call asks Slack at that moment; CLYRA_SLACK_* when there is no answer. */
export interface SlackPeople {
  /** The team the bot is installed in. */
  team(): Promise<string>
  /** CLYRA_SLACK_MEMBER for a user Slack does not know. */
  user(userId: string): Promise<{ team_id: string; standing: SlackStanding }>
  /** Whether people of other companies read the channel. CLYRA_SLACK_CHANNEL. */
  channel(channelId: string): Promise<{ shared: boolean }>
  /** Says it in the channel to one person alone. */
  whisper(channelId: string, userId: string, text: string): Promise<void>
  /** Sends a direct message; `link` is an address of ours. */
  write(userId: string, text: string, link: { url: string; label: string }): Promise<void>
}

/** One sign-on, as it is asked of the provider. `nonce` and `state` come back with it. */
export interface SignOnRequest {
  redirect_uri: string
  state: string
  nonce: string
  acr_values: readonly string[]
  max_age_seconds: number
}

/** How the browser came back, and what was asked when it left. */
export interface SignOnCallback extends Pick<SignOnRequest, 'redirect_uri' | 'state' | 'nonce'> {
  /** The query of the address it came back to, as it arrived. */
  query: string
  verifier: string
}

/** What a provider says of itself (OpenID Connect Discovery 1.0 §3); null where it says nothing. */
export interface ProviderClaims {
  algorithms: readonly string[] | null
  acr_values: readonly string[] | null
  claims: readonly string[] | null
  /** PKCE with S256. */
  pkce: boolean
  /** RFC 9207. */
  iss_parameter: boolean
}

/** The company's sign-on. It carries ID tokens and judges none: evidence/id-token.ts does. */
export interface IdentityProvider {
  /**
   * Begins a code flow with PKCE (S256) in which the person has to sign on anew. The verifier is a secret of the door's until it ends.
   * CLYRA_SSO_UNREACHABLE, CLYRA_SSO_ISSUER, CLYRA_SSO_PROVIDER.
   */
  begin(request: SignOnRequest): Promise<{ url: string; verifier: string }>
  /**
   * Trades the code for the compact ID token and the key that its header names, as the provider's JWKS has it now.
   * CLYRA_SSO_REFUSED where the provider refuses, CLYRA_SSO_KEY, and any code of `verifyIdToken` where the token is wrong at a glance.
   */
  finish(callback: SignOnCallback): Promise<{ id_token: string; key: Omit<IdpKey, 'seen_at'> }>
  /** Asks the provider anew what it says of itself. */
  check(): Promise<ProviderClaims>
}
