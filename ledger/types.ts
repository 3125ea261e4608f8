// The shape of the store: what gateway, activities and evidence may ask of Clyra's own PostgreSQL.
import type { ApproverEnrolled, Change, DataReceipt, Facts, Freeze, SubjectLinked } from '../core/generated/types.ts'
import type { IdpKey, Subject } from '../core/sign-on.ts'
import type { Notices } from './notices.ts'
import type { SignOns } from './sign-ons.ts'
import type { SlackLinks } from './slack-links.ts'

/** A receipt as it stands in the log: the parsed line, its bytes and its RFC 6962 leaf hash (`sha256:<hex>`). */
export interface Stored {
  receipt: DataReceipt
  line: string
  leaf: string
}

/** One receipt to append. `body` may be computed from the receipts stored before it in the same batch. */
export interface Entry {
  /** Unique in the stream; an append with a known key returns the first stored receipt and writes nothing. */
  key: string
  kind: string
  actor: { actor: string; person: string | null }
  body: Record<string, unknown> | ((batch: readonly Stored[]) => Record<string, unknown>)
  /** Size of the stream the body was computed from; CLYRA_LEDGER_CONTENTION when somebody has written since. */
  after?: number
}

export interface Log {
  /** Appends in order, all or none of the new ones. CLYRA_LEDGER_CONTENTION, CLYRA_LEDGER_INVALID_BODY, CLYRA_LEDGER_UNAVAILABLE. */
  append(stream: string, entries: readonly Entry[]): Promise<Stored[]>
  /** Receipts `from` … `to` − 1, by default all. CLYRA_LEDGER_CORRUPT when a line does not hash to its leaf. */
  read(stream: string, from?: number, to?: number): Promise<Stored[]>
  /** All receipts, and the store's clock at that moment. */
  readNow(stream: string): Promise<{ receipts: Stored[]; now: string }>
  find(stream: string, key: string): Promise<Stored | null>
  /** Roots of the perfect subtrees of the tree of `size`, left to right. CLYRA_LEDGER_NOT_FOUND beyond the committed size. */
  edge(stream: string, size: number): Promise<Uint8Array[]>
  /** Root of the tree of `size`. */
  root(stream: string, size: number): Promise<Uint8Array>
  /** Root and signed C2SP checkpoint of a committed size. */
  head(stream: string, size: number): Promise<{ checkpoint: string; root: Uint8Array }>
  /** `<log name>/<stream>`. */
  origin(stream: string): string
  /** The store's clock, RFC 3339 UTC milliseconds. */
  now(): Promise<string>
}

/** A row of the registry: what is known of a change without reading its stream. */
export interface ChangeRow {
  change_id: string
  tenant: string
  seq: number
  attempt: number
  state: string
  outcome: string | null
  code: string | null
  version: number
  kind: string
  source: string
  site_key_digest: string
  revision: number
  target: string
  mode: 'gate' | 'review'
  executor: 'clyra' | 'caller'
  role: 'dml' | 'ddl'
  statements: number
  payload_digest: string
  requester: { actor: string; person: string | null }
  claimed_person: string | null
  reason: string
  /** Of work that was done while Clyra could not be reached. */
  late: Change['late']
  submitted_at: string
  bundle_id: string | null
  evidence_file: string | null
}

export type NewChange = Omit<
  ChangeRow,
  'seq' | 'attempt' | 'state' | 'outcome' | 'code' | 'version' | 'submitted_at' | 'bundle_id' | 'evidence_file'
>

export interface Changes {
  /**
   * Registers a change, or finds it. A change whose attempt ended expired, cancelled or failed opens its next attempt
   * (state OPEN, outcome null). `created` is true for a new row or a new attempt. CLYRA_LEDGER_CONFLICT for the id of another tenant.
   */
  register(change: NewChange): Promise<{ row: ChangeRow; created: boolean }>
  get(tenant: string, changeId: string): Promise<ChangeRow | null>
  list(tenant: string, options: { after?: number; limit?: number; state?: string }): Promise<ChangeRow[]>
  /**
   * The tenant's changes in AWAITING_APPROVAL, by `seq`, in one round trip: each with what its current attempt holds about who asked
   * and who decided (`change`, `requester`, `verdict` and `decision` receipts, in order). CLYRA_LEDGER_CORRUPT as for `Log.read`.
   */
  awaitingApproval(tenant: string, after: number, limit: number): Promise<{ row: ChangeRow; receipts: Stored[] }[]>
  /**
   * Changes by the `bundle_sealed` receipts of `ledger/<tenant>` from `from` on, at most `limit` receipts, in one round trip; a change
   * that was sealed twice in them stands at its last place. `next` is where to go on: `from` itself when there is none.
   */
  sealedSince(tenant: string, from: number, limit: number): Promise<{ rows: ChangeRow[]; next: number }>
  /**
   * Changes of all tenants whose current attempt is not closed, by `seq`; `cancelled`: it has a `cancellation` receipt. For the sweeper
   * alone.
   */
  unsealed(after: number, limit: number): Promise<(ChangeRow & { cancelled: boolean })[]>
  sealed(changeId: string, attempt: number, bundleId: string, evidenceFile: string): Promise<void>
  /** Resolves when the version of the change grows past `since`, after `timeoutMs`, or when aborted; never polls. */
  wait(changeId: string, since: number, timeoutMs: number, signal?: AbortSignal): Promise<void>
}

export interface Payloads {
  /**
   * Encrypts the canonical bytes under a key of their own, wrapped by the tenant key. Same digest twice: the first stays, unless it
   * was destroyed (the change is asked for again).
   */
  put(tenant: string, digest: string, bytes: Uint8Array): Promise<void>
  /** The decrypted bytes, as stored: the caller hashes them. CLYRA_LEDGER_PAYLOAD_GONE, CLYRA_LEDGER_CORRUPT. */
  get(tenant: string, digest: string): Promise<Uint8Array>
  /** Destroys the key together with the ciphertext, unless the change is asked for again meanwhile. Idempotent. */
  destroy(tenant: string, digest: string, changeId: string): Promise<void>
}

export interface Blobs {
  /** Stores canonical JSON under its own SHA-256 and returns the digest. */
  put(tenant: string, text: string): Promise<string>
  /** The same for several at once, in one round trip. */
  putAll(tenant: string, texts: readonly string[]): Promise<void>
  get(tenant: string, digest: string): Promise<string | null>
  /** Several at once, by digest; those that are not stored are missing. */
  getAll(tenant: string, digests: readonly string[]): Promise<Map<string, string>>
}

export type Role = 'requester' | 'approver' | 'operator' | 'auditor' | 'admin'

export interface Principal {
  tenant: string
  actor: string
  person: string | null
  roles: Role[]
}

export interface Tokens {
  /** A fresh random bearer token; only its SHA-256 is stored. */
  issue(principal: Principal): Promise<string>
  /** Null for an unknown or revoked token. */
  principal(token: string): Promise<Principal | null>
  revokeActor(tenant: string, actor: string): Promise<void>
}

export interface ApproverRow {
  person: string
  key_id: string
  alg: 'ES256'
  spki: string
  enrolled_at: string
  revoked_at: string | null
  /** Set where the key is a passkey. */
  webauthn?: Passkey
}

export type Passkey = NonNullable<ApproverEnrolled['webauthn']>

/** Derived from approver_enrolled and approver_revoked receipts of `ledger/<tenant>`. */
export interface Approvers {
  /**
   * CLYRA_LEDGER_BAD_KEY unless the key is P-256; CLYRA_LEDGER_CONFLICT when it is another person's, its credential id another key's, when it was
   * revoked, or when it is enrolled otherwise (a key does not become a passkey, nor the other way round).
   */
  enroll(tenant: string, person: string, spki: Uint8Array, actor: Entry['actor'], webauthn?: Passkey): Promise<ApproverRow>
  /** Idempotent: the first revocation counts. CLYRA_LEDGER_NOT_FOUND for a key nobody enrolled. */
  revoke(tenant: string, keyId: string, reason: string, actor: Entry['actor']): Promise<ApproverRow>
  list(tenant: string): Promise<ApproverRow[]>
}

/** Everything decisions are verified against: keys, accounts, the provider's keys, and the ID tokens that were asked for. */
export interface Registry {
  approvers: ApproverRow[]
  subjects: Subject[]
  idp_keys: IdpKey[]
  /** Compact JWS by digest. */
  id_tokens: ReadonlyMap<string, string>
  /** Blobs by digest. */
  blobs: ReadonlyMap<string, string>
}

/** Derived from the registry's receipts of `ledger/<tenant>`; the tokens lie sealed beside them. */
export interface Identities {
  /** In one round trip. Digests that are not kept are missing. */
  registry(tenant: string, wanted?: { id_tokens?: readonly string[]; blobs?: readonly string[] }): Promise<Registry>
  /** Idempotent. CLYRA_LEDGER_CONFLICT for an account of another person, and for one that was unlinked. */
  link(tenant: string, subject: SubjectLinked, actor: Entry['actor']): Promise<Subject>
  /** Idempotent: the first counts. CLYRA_LEDGER_NOT_FOUND. */
  unlink(tenant: string, subjectId: string, reason: string, actor: Entry['actor']): Promise<Subject>
  /** A signing key of the provider, as its JWKS has it now; written once. */
  seeKey(tenant: string, key: Omit<IdpKey, 'seen_at'>, actor: Entry['actor']): Promise<void>
  /** Seals a compact ID token and returns its digest. */
  keepToken(tenant: string, changeId: string, token: string): Promise<string>
  /** Every token kept for a change, by digest: for the auditor it is disclosed to. */
  tokensOf(tenant: string, changeId: string): Promise<Map<string, string>>
}

/** Things that may happen once: the first owner keeps them, the same owner may come again, any other is refused. */
export interface SingleUse {
  consume(tenant: string, purpose: string, id: string, owner: string): Promise<boolean>
  /** One of `places` places of a purpose: who has one keeps it, and when all are taken nobody else gets one. */
  takePlace(tenant: string, purpose: string, owner: string, places: number): Promise<boolean>
}

/** What enforcement saw before COMMIT, kept so that a crash after COMMIT loses nothing. Insert-only; the last of an attempt counts. */
export interface Effects {
  put(changeId: string, attempt: number, effectDigest: string): Promise<void>
  get(changeId: string, attempt: number): Promise<string | null>
}

/** An attempt and the relations it is to write. */
export interface NewWrites {
  change_id: string
  attempt: number
  tenant: string
  target: string
  relations: readonly { schema: string; name: string }[]
  estimated_rows: number | null
  requester: Entry['actor']
}

export type WriteHistory = Facts['history']

/** What attempts write, across streams. An outcome receipt ends those of its attempt, with the rows it counted. */
export interface Writes {
  /**
   * Notes what an attempt is to write and tells what all others in the target do to the same relations, and the store's clock. Of two
   * that are noted at once the second sees the first. An attempt noted twice counts once.
   */
  note(writes: NewWrites): Promise<{ now: string; history: WriteHistory }>
}

/** Modes set by receipts; where there is none the configured mode counts. */
export interface Modes {
  /** The mode of the target's last target_mode receipt, or null. */
  mode(tenant: string, target: string): Promise<'gate' | 'review' | null>
  set(
    tenant: string,
    target: string,
    mode: 'gate' | 'review',
    policyId: string | null,
    reason: string,
    actor: Entry['actor'],
  ): Promise<void>
}

/** A freeze that stands. `target` null holds back every target. */
export interface FreezeRow {
  target: string | null
  reason: string
  frozen_by: Entry['actor']
  frozen_at: string
}

/** Derived from freeze receipts of `ledger/<tenant>`. */
export interface Freezes {
  /** Every freeze that stands now: first the one of every target, then by target. */
  list(tenant: string): Promise<FreezeRow[]>
  /** A freeze of every target and one of a single target stand side by side; each is lifted by its own unfreeze. */
  set(tenant: string, freeze: Freeze, actor: Entry['actor']): Promise<void>
}

export interface Ledger {
  log: Log
  changes: Changes
  payloads: Payloads
  blobs: Blobs
  tokens: Tokens
  approvers: Approvers
  identities: Identities
  slackLinks: SlackLinks
  signOns: SignOns
  singleUse: SingleUse
  effects: Effects
  writes: Writes
  modes: Modes
  freezes: Freezes
  notices: Notices
  /** Rejects with CLYRA_LEDGER_UNAVAILABLE when the store does not answer or its schema is not the expected version. */
  check(): Promise<void>
  close(): Promise<void>
}
