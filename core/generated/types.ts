// Generated from spec/**/schemas by `npm run gen`. Do not edit.
/* biome-ignore-all lint: generated */

/** Body of an `approval_certificate` receipt: named persons agreed to exactly this payload under this policy, once, until a time. `envelope_digest` names the DSSE envelope over its certificate_statement. */
export type ApprovalCertificate = {
  /** UUIDv7. Consumed once. */
  cert_id: string
  /** Who alone may consume it: the workflow id, clyra/<tenant>/<change_id>. */
  aud: string
  change_id: string
  attempt: number
  run_id: string
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  target: string
  payload_digest: string
  policy_digest: string
  display_hash: string
  nonce: string
  quorum: number
  /** The verdict's; every decision has at least this. */
  grade: ApprovalCertificateGrade
  max_uses: 1
  /** Everyone who asked, persons and claimed persons. */
  requesters: Array<string>
  /** In the order in which they were counted; all approve. */
  decisions: Array<{
    person: string
    key_id: string | null
    subject_id: string | null
    grade: ApprovalCertificateGrade
    /** Of the counted decision's envelope. */
    envelope_digest: string
  }>
  approved_at: string
  expires_at: string
  /** The DSSE envelope, a blob of the bundle with role certificate. */
  envelope_digest: string
}

export type ApprovalCertificateGrade = "standard" | "enhanced"

/** Body of an `approver_enrolled` receipt. */
export type ApproverEnrolled = {
  person: string
  key_id: string
  alg: "ES256"
  spki: string
  /** Set where the key is a passkey (WebAuthn): it signs assertions of one relying party at one origin. */
  webauthn?: {
    rp_id: string
    origin: string
    /** base64url */
    credential_id: string
  }
}

/** Body of an `approver_invited` receipt in ledger/<tenant>: somebody was asked to enroll a passkey or link his account. `invite_id` is in the invitation. */
export type ApproverInvited = {
  person: string
  invite_id: string
  expires_at: string
}

/** Body of an `approver_revoked` receipt. */
export type ApproverRevoked = {
  person: string
  key_id: string
  reason: string
}

/** Body of an `attempt` receipt, written before the warehouse is touched. */
export type Attempt = {
  change_id: string
  attempt: number
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  payload_digest: string
  executor: "clyra" | "caller"
  row_limit: number
  /** Null exactly where the executor is clyra. For a caller: how long grants may be redeemed and committed, and how the warehouse stood before the first was issued. */
  window: {
    expires_at: string
    anchor: AttemptAnchor
    before: AttemptSnapshotRef
  } | null
}

/** A place in the warehouse's own history. */
export type AttemptAnchor = {
  position: "before" | "after"
  platform: string
  system_identifier: string
  database: string
  timeline: number
  lsn: string
  /** Transaction id of the change, decimal. */
  xid: string | null
  snapshot: string
  role: "primary" | "standby"
  strength: "exact" | "transaction" | "bounded"
  server_version: string
  simulated: boolean
}

export type AttemptSnapshotRef = {
  digest: string
  relations: number
}

/** Body of an `attestation` receipt. */
export type Attestation = {
  change_id: string
  attempt: number
  framework: string
  bundle_id: string
  statement_digest: string
  key_id: string
}

/** Body of a `bundle_sealed` receipt in ledger/<tenant>. */
export type BundleSealed = {
  change_id: string
  attempt: number
  bundle_id: string
  start: number
  end: number
  root: string
  outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous"
}

/** Body of a `cancellation` receipt in ledger/<tenant>: who withdrew a change, and why. Written before the run is told; what became of it is the change's own outcome. */
export type Cancellation = {
  change_id: string
  attempt: number
  reason: string
}

/** in-toto Statement v1 the certificate key signs. Subject: the cert_id, and SHA-256 of the canonical approval_certificate without its envelope_digest. */
export type CertificateStatement = {
  _type: "https://in-toto.io/Statement/v1"
  subject: Array<{
    name: string
    digest: {
      sha256: string
    }
  }>
  predicateType: "https://clyra.dev/spec/approval_certificate/v0"
  predicate: {
    aud: string
    payload_digest: string
    grade: CertificateStatementGrade
    expires_at: string
  }
}

export type CertificateStatementGrade = "standard" | "enhanced"

/** Body of a `change` receipt: a proposed alteration, by digest. */
export type Change = {
  change_id: string
  tenant: string
  /** 1 for the first run; grows when an expired, cancelled or failed change is asked for again. */
  attempt: number
  kind: "sql"
  source: string
  site_key_digest: string
  revision: number
  target: string
  mode: "gate" | "review"
  executor: "clyra" | "caller"
  role: "dml" | "ddl"
  payload_digest: string
  /** Number of statements. */
  statements: number
  requester: ChangeActor
  /** Person the requesting tool names; counts for separation of duties, proves nothing. */
  claimed_person: string | null
  reason: string
  /** Of work that was done while Clyra could not be reached, and told afterwards; null where the change was asked for beforehand. */
  late: {
    /** When the caller says he asked; proves nothing. */
    claimed_at: string
    /** How many requests before this one were not kept. */
    lost: number
  } | null
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type ChangeActor = {
  actor: string
  person: string | null
}

/** Body of a `decision` receipt: what an approver said and whether it counts. */
export type Decision = {
  change_id: string
  attempt: number
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  decision_id: string | null
  decision: "approve" | "reject" | null
  status: "counted" | "refused"
  /** Why it was refused; null when it counts. */
  code: string | null
  person: string | null
  /** The key or passkey that signed; for a rejection out of a channel the key of purpose approval; null where an ID token alone did. */
  key_id: string | null
  /** The linked subject of the ID token; null where there is none. */
  subject_id: string | null
  /** Derived from the signatures, never from a field; null where nothing was verified. */
  grade: "standard" | "enhanced" | null
  /** What the verified ID token says; null where there is none. */
  sign_on: {
    id_token_digest: string
    /** When the person signed on, by the provider's clock. */
    auth_time: string
    acr: string | null
    amr: Array<string>
  } | null
  /** Digest of the DSSE envelope, a blob of the bundle. */
  envelope_digest: string
  delivered_by: DecisionActor
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type DecisionActor = {
  actor: string
  person: string | null
}

/** Body of a `decision_overflow` receipt in ledger/<tenant>: one actor sent more decisions on an attempt than are taken. Written once; those beyond the limit leave nothing else. */
export type DecisionOverflow = {
  change_id: string
  attempt: number
  limit: number
  delivered_by: DecisionOverflowActor
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type DecisionOverflowActor = {
  actor: string
  person: string | null
}

/** in-toto Statement v1 an approver signs. Subject: the payload digest. */
export type DecisionStatement = {
  _type: "https://in-toto.io/Statement/v1"
  subject: Array<{
    name: string
    digest: {
      sha256: string
    }
  }>
  predicateType: "https://clyra.dev/spec/decision/v0"
  predicate: {
    decision_id: string
    change_id: string
    payload_digest: string
    policy_digest: string
    display_hash: string
    nonce: string
    decision: "approve" | "reject"
    person: string
    reason: string
    /** By the approver's clock: a claim. */
    signed_at: string
    /** The number the requester was shown, as the approver typed it; present exactly where an approval is to be of grade enhanced. */
    match_code?: string
  }
}

/** Body of a `door_refusal` receipt in ledger/<tenant>: something at the approver's door was refused before it was a decision. Outside one opaque answer is given; the code is for those who read the log. */
export type DoorRefusal = {
  code: string
  door: "page" | "slack" | "cli" | "enrolment"
  change_id: string | null
  person: string | null
}

/** DSSE 1.0.2 envelope, without keyid. */
export type DsseEnvelope = {
  payload: string
  payloadType: string
  /** One signature of the signer's own key or passkey, an ID token of his company's sign-on, or both, in this order. */
  signatures: Array<{
    sig: string
    /** Set where the signature is a WebAuthn assertion: `sig` is over authenticator_data and the SHA-256 of client_data, whose challenge is the SHA-256 of the PAE. */
    webauthn?: {
      authenticator_data: string
      client_data: string
    }
    /** Set where the signature is that of an OpenID Connect ID token whose nonce is the SHA-256 of the PAE: `sig` is the token's own signature, `digest` is of the compact JWS, which is kept apart. */
    id_token?: {
      digest: string
      iss: string
      kid: string
      alg: "RS256" | "ES256"
    }
  }>
}

/** What was found out about the payload before it was judged. Never its text or its values. */
export type Facts = {
  /** opaque: parsed, but its effect is hidden (DO, CALL, EXECUTE); unparsed: no parser accepted it. */
  parsed: "parsed" | "opaque" | "unparsed"
  /** The executor role the payload asks for. */
  role: "dml" | "ddl"
  statements: Array<FactsStatement>
  /** Sum over the statements; null when any is unknown. */
  estimated_rows: number | null
  /** Closed-list refusals of the guard; any one of them denies. */
  refusals: Array<FactsRefusal>
  platform: string
  server_version: string | null
  simulated: boolean
  history: FactsHistory
}

/** What changes did, or may yet do, to the relations this one writes: those that ended enforced, observed or ambiguous in the last 24 hours, and all that are under way or wait for approval, by anybody, in the same tenant and target, by the store's clock. Each counts those that were examined before it, so that of many asked for at once none goes uncounted. Null where it is not known; what writes nothing has 0 and false. */
export type FactsHistory = {
  /** How many other changes wrote, or are to write, at least one of the same relations. */
  changes_24h: number | null
  /** Rows those changes affected in all they wrote; of those not counted, or not done yet, the estimate. Null when one of them has neither. */
  rows_24h: number | null
  /** Those of them first asked for by the same actor or the same person. */
  requester_changes_24h: number | null
  /** True when there is a relation among them that no enforced change ever wrote. */
  first_write: boolean | null
}

/** One refusal of the guard. */
export type FactsRefusal = {
  code: string
  /** Index of the statement, null when it is about the whole payload. */
  statement: number | null
  detail: string
}

/** A relation as the parser and the catalogue name it. */
export type FactsRelation = {
  schema: string
  name: string
  access: "read" | "write"
}

/** What one statement is, without its text. */
export type FactsStatement = {
  /** Statement kind in lower snake case: select, insert, update, delete, merge, truncate, alter_table, drop, create_table, … */
  kind: string
  relations: Array<FactsRelation>
  /** Qualified names of every function the statement calls, operators' functions included. */
  functions: Array<string>
  /** missing: no WHERE; constant: a WHERE that folds to a constant; bounded: one that depends on the row. */
  predicate: "bounded" | "constant" | "missing" | "not_applicable"
  /** Further closed-list marks, such as drop_column, cascade, returning, cte_write. */
  details: Array<string>
  /** The planner's estimate of rows written; null when it could not be had. */
  estimated_rows: number | null
  estimate_basis: "explain" | "counted" | "never_analysed" | "unexplainable" | "not_applicable"
  /** Catalogue row count of the written relation; null when unknown. */
  relation_rows: number | null
}

/** Body of a `freeze` receipt: the last one of a target counts, and beside it the last one of every target. */
export type Freeze = {
  /** Null: every target of the tenant. */
  target: string | null
  frozen: boolean
  reason: string
}

/** Body of a `grant` receipt: a caller may redeem a token once, inside his own transaction. The token itself is kept nowhere. */
export type Grant = {
  change_id: string
  attempt: number
  /** Leaf hash of the `attempt` receipt. */
  predecessor: string
  grant_id: GrantUuid
  /** SHA-256 of the token's bytes. */
  token_hash: string
  payload_digest: string
  target: string
  caller: GrantActor
  /** The one login of the warehouse that may redeem it. */
  login: string
  expires_at: string
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type GrantActor = {
  actor: string
  person: string | null
}

export type GrantUuid = string

/** Body of an `id_tokens_disclosed` receipt in ledger/<tenant>: the raw ID tokens behind these decisions of a change were handed to the receipt's actor. Written before they are. */
export type IdTokensDisclosed = {
  change_id: string
  /** Of the compact tokens, ascending. */
  digests: Array<string>
}

/** Body of an `idp_key` receipt in ledger/<tenant>: a signing key as the configured provider's JWKS had it when an ID token first needed it. */
export type IdpKey = {
  iss: string
  kid: string
  alg: "RS256" | "ES256"
  spki: string
}

/** Body of a `late_decision` receipt in ledger/<tenant>: a decision that came after the outcome. */
export type LateDecision = {
  change_id: string
  envelope_digest: string
  code: string
  delivered_by: LateDecisionActor
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type LateDecisionActor = {
  actor: string
  person: string | null
}

/** Body of an `outcome` receipt: what enforcement did, refused or cannot tell. */
export type Outcome = {
  change_id: string
  attempt: number
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous"
  /** Why, for every outcome but enforced and observed. */
  code: string | null
  sqlstate: string | null
  /** Index of the statement that failed. */
  statement: number | null
  payload_digest: string
  /** Set exactly where Clyra applied the payload. */
  affected_rows: number | null
  rows_by_statement: Array<number>
  /** How it is known. */
  settled_by: "commit" | "guard_row" | "tombstone" | "not_started"
  /** Digest of the effect blob (anchors, snapshots) written before COMMIT; only where enforced. */
  effect: string | null
  /** Set exactly where enforced. applied: Clyra ran the payload. observed: a caller did the work under a grant; which statements he ran was not seen. */
  enforcement: "applied" | "observed" | null
  /** Set exactly where the enforcement is observed: what the caller's transaction left in the warehouse. */
  redemption: {
    grant_id: OutcomeUuid
    /** Transaction id, decimal. */
    xid: string
    login: string
    /** By the warehouse's clock. */
    redeemed_at: string
  } | null
}

export type OutcomeUuid = string

/** The exact thing that will run. Its canonical bytes are hashed as payload_digest; it is kept encrypted and never travels. */
export type Payload = {
  kind: "sql"
  target: string
  executor: "clyra" | "caller"
  role: "dml" | "ddl"
  statements: Array<string>
  /** Bounds the requester sets on his own change. */
  limits: {
    max_rows: number
    statement_timeout_ms: number
    lock_timeout_ms: number
    /** How long a caller has to do the work; only where the executor is caller. */
    grant_seconds?: number
  }
  /** HMAC-SHA-256 of the content under the tenant key, so that the digest cannot be guessed. */
  salt: string
}

/** Body of a `recorded` receipt: the last line a bundle covers. */
export type Recorded = {
  change_id: string
  attempt: number
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous"
  /** Receipts of this attempt, this one included. */
  receipts: number
  governance: RecordedGovernance
}

/** Which receipts each governance pillar rests on, by seq. */
export type RecordedGovernance = {
  reliability: Array<number>
  transparency: Array<number>
  accuracy: Array<number>
  oversight: Array<number>
}

/** Body of a `requester` receipt: somebody else asked for the same change. */
export type Requester = {
  change_id: string
  requester: RequesterActor
  claimed_person: string | null
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type RequesterActor = {
  actor: string
  person: string | null
}

/** Body of a `resolution` receipt in ledger/<tenant>: what became of a change that ended ambiguous. */
export type Resolution = {
  change_id: string
  attempt: number
  /** Leaf hash of the outcome receipt. */
  predecessor: string
  outcome: "enforced" | "failed"
  /** Why, for every outcome but enforced and observed. */
  code: string | null
  /** How it is known. */
  settled_by: "guard_row" | "tombstone"
}

/** Body of a `slack_linked` receipt in ledger/<tenant>: this Slack user signed on as this person. He may open and deny, never approve. */
export type SlackLinked = {
  team_id: string
  user_id: string
  person: string
  /** SHA-256 of the canonical JSON array [iss, sub]. */
  subject_id: string
  expires_at: string
}

/** Body of a `slack_unlinked` receipt in ledger/<tenant>. */
export type SlackUnlinked = {
  team_id: string
  user_id: string
  person: string
  reason: string
}

/** Body of a `snapshot` receipt. */
export type Snapshot = {
  change_id: string
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  position: "before" | "after"
  /** Digest of the schema_snapshot blob. */
  digest: string
  relations: number
}

/** Body of a `subject_linked` receipt in ledger/<tenant>: this account of the company's sign-on is this person. */
export type SubjectLinked = {
  person: string
  /** SHA-256 of the canonical JSON array [iss, sub]. */
  subject_id: string
  iss: string
  sub: string
}

/** Body of a `subject_unlinked` receipt in ledger/<tenant>. A subject that was unlinked never comes back. */
export type SubjectUnlinked = {
  person: string
  /** SHA-256 of the canonical JSON array [iss, sub]. */
  subject_id: string
  reason: string
}

/** Body of a `target_mode` receipt: the last one of a target counts. */
export type TargetMode = {
  target: string
  mode: "gate" | "review"
  policy_id: string | null
  reason: string
}

/** Body of a `ticket` receipt: the pointer in an outside tracker. */
export type Ticket = {
  change_id: string
  attempt: number
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  tracker: string
  reference: string
  bundle_id: string
}

/** Body of a `verdict` receipt: what policy says of a change. */
export type Verdict = {
  change_id: string
  attempt: number
  run_id: string
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  outcome: "allow" | "needs_approval" | "deny"
  mode: "gate" | "review"
  policy_id: string
  /** Digest of the canonical policy, a blob of the bundle. */
  policy_digest: string
  payload_digest: string
  /** SHA-256 of the text an approver is shown. */
  display_hash: string
  facts: VerdictFacts
  reasons: Array<VerdictReason>
  /** Rows enforcement may affect at most. */
  row_limit: number
  /** Distinct persons who must approve; 0 when none need to. */
  quorum: number
  /** What an approval must be: standard, one proof of the person's own (key, passkey or sign-on); enhanced, sign-on and passkey together, and the requester's number. */
  grade: "standard" | "enhanced"
  /** How long ago the approver's key or passkey must have been enrolled. */
  authenticator_age_seconds: number
  /** Persons who may decide; empty means every enrolled approver. */
  eligible_approvers: Array<string>
  /** Opens the gate; null when no approval is asked for. */
  nonce: string | null
  /** Until when decisions count. */
  deadline: string | null
  certificate_ttl_seconds: number
}

/** What was found out about the payload before it was judged. Never its text or its values. */
export type VerdictFacts = {
  /** opaque: parsed, but its effect is hidden (DO, CALL, EXECUTE); unparsed: no parser accepted it. */
  parsed: "parsed" | "opaque" | "unparsed"
  /** The executor role the payload asks for. */
  role: "dml" | "ddl"
  statements: Array<VerdictStatement>
  /** Sum over the statements; null when any is unknown. */
  estimated_rows: number | null
  /** Closed-list refusals of the guard; any one of them denies. */
  refusals: Array<VerdictRefusal>
  platform: string
  server_version: string | null
  simulated: boolean
  history: VerdictHistory
}

/** What changes did, or may yet do, to the relations this one writes: those that ended enforced, observed or ambiguous in the last 24 hours, and all that are under way or wait for approval, by anybody, in the same tenant and target, by the store's clock. Each counts those that were examined before it, so that of many asked for at once none goes uncounted. Null where it is not known; what writes nothing has 0 and false. */
export type VerdictHistory = {
  /** How many other changes wrote, or are to write, at least one of the same relations. */
  changes_24h: number | null
  /** Rows those changes affected in all they wrote; of those not counted, or not done yet, the estimate. Null when one of them has neither. */
  rows_24h: number | null
  /** Those of them first asked for by the same actor or the same person. */
  requester_changes_24h: number | null
  /** True when there is a relation among them that no enforced change ever wrote. */
  first_write: boolean | null
}

/** One rule that spoke. */
export type VerdictReason = {
  rule: string
  outcome: "allow" | "needs_approval" | "deny"
  why: string
  refs: Array<string>
}

/** One refusal of the guard. */
export type VerdictRefusal = {
  code: string
  /** Index of the statement, null when it is about the whole payload. */
  statement: number | null
  detail: string
}

/** A relation as the parser and the catalogue name it. */
export type VerdictRelation = {
  schema: string
  name: string
  access: "read" | "write"
}

/** What one statement is, without its text. */
export type VerdictStatement = {
  /** Statement kind in lower snake case: select, insert, update, delete, merge, truncate, alter_table, drop, create_table, … */
  kind: string
  relations: Array<VerdictRelation>
  /** Qualified names of every function the statement calls, operators' functions included. */
  functions: Array<string>
  /** missing: no WHERE; constant: a WHERE that folds to a constant; bounded: one that depends on the row. */
  predicate: "bounded" | "constant" | "missing" | "not_applicable"
  /** Further closed-list marks, such as drop_column, cascade, returning, cte_write. */
  details: Array<string>
  /** The planner's estimate of rows written; null when it could not be had. */
  estimated_rows: number | null
  estimate_basis: "explain" | "counted" | "never_analysed" | "unexplainable" | "not_applicable"
  /** Catalogue row count of the written relation; null when unknown. */
  relation_rows: number | null
}

/** in-toto Statement v1: SOX change-control evidence of one change. Never a statement of compliance. */
export type AttestationSox = {
  _type: "https://in-toto.io/Statement/v1"
  subject: Array<{
    name: "SHA256SUMS"
    digest: {
      sha256: string
    }
  }>
  predicateType: "https://clyra.dev/spec/attestation/sox/v0"
  predicate: {
    framework: "sox"
    mode: "instance"
    bundle_id: string
    change_id: string
    attempt: number
    outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous"
    controls: Array<AttestationSoxControl>
    /** What this statement says nothing about. */
    not_judged: Array<string>
    attested_at: string
  }
}

/** One judged control. */
export type AttestationSoxControl = {
  control: string
  title: string
  status: "satisfied" | "not_satisfied" | "not_applicable" | "insufficient"
  why: string
  /** Seqs it rests on. */
  receipts: Array<number>
  references: Array<string>
}

/** One line of a log: the envelope every receipt shares. */
export type DataReceipt = {
  stream: string
  seq: number
  /** Leaf hash of the line before; for seq 0 the digest of "clyra.genesis/0\n" origin "\n". */
  prev: string
  kind: string
  /** By the store's clock. */
  at: string
  actor: DataReceiptActor
  /** Validated against the schema named by kind. */
  body: Record<string, unknown>
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type DataReceiptActor = {
  actor: string
  person: string | null
}

/** manifest.json of a DEF v0 bundle. */
export type DefManifest = {
  format: "def"
  spec: 0
  tenant: string
  change_id: string
  attempt: number
  outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous"
  origin: string
  /** Receipts start (inclusive) to end (exclusive). */
  range: {
    start: number
    end: number
  }
  prev_root: string | null
  root: string
  /** Receipts per kind, sorted by kind. */
  counts: Array<{
    kind: string
    count: number
  }>
  governance: DefManifestGovernance
  /** Sorted by digest. */
  blobs: Array<{
    digest: string
    size: number
    media_type: string
    role: "policy" | "decision" | "certificate" | "snapshot" | "effect"
  }>
  /** Schemas the receipts were judged by, sorted by name. */
  schemas: Array<{
    name: string
    digest: string
  }>
  /** Parts that stood in for real ones; empty when all were real. */
  simulated: Array<string>
  producer: {
    name: "clyra"
    version: string
    /** Digest of the workflow code that ran. */
    workflow_bundle: string | null
  }
  sealed_at: string
}

/** Which receipts each governance pillar rests on, by seq. */
export type DefManifestGovernance = {
  reliability: Array<number>
  transparency: Array<number>
  accuracy: Array<number>
  oversight: Array<number>
}

/** in-toto Statement v1 that signs a bundle. */
export type DefStatement = {
  _type: "https://in-toto.io/Statement/v1"
  subject: Array<{
    name: "SHA256SUMS"
    digest: {
      sha256: string
    }
  }>
  predicateType: "https://clyra.dev/spec/def/v0"
  predicate: {
    bundle_id: string
    origin: string
    start: number
    end: number
    prev_root: string | null
    root: string
    manifest_digest: string
  }
}

/** What was seen of the warehouse before and after: inside the transaction, kept before COMMIT, where Clyra applied the payload; around the caller's transaction where he did. */
export type Effect = {
  change_id: string
  attempt: number
  payload_digest: string
  /** Null where a caller did the work: rows are counted only inside Clyra's own transaction. */
  affected_rows: number | null
  rows_by_statement: Array<number>
  before: EffectSnapshotRef
  after: EffectSnapshotRef
  anchors: Array<EffectAnchor>
}

/** A place in the warehouse's own history. */
export type EffectAnchor = {
  position: "before" | "after"
  platform: string
  system_identifier: string
  database: string
  timeline: number
  lsn: string
  /** Transaction id of the change, decimal. */
  xid: string | null
  snapshot: string
  role: "primary" | "standby"
  strength: "exact" | "transaction" | "bounded"
  server_version: string
  simulated: boolean
}

export type EffectSnapshotRef = {
  digest: string
  relations: number
}

/** report.json, the same bytes from every verifier. */
export type Report = {
  spec: 0
  verdict: "valid" | "invalid" | "cannot_judge"
  bundle_id: string | null
  change_id: string | null
  attempt: number | null
  outcome: string | null
  range: {
    start: number
    end: number
  } | null
  claims: Array<ReportClaim>
  limits: Array<string>
}

export type ReportClaim = {
  claim: string
  status: "PASS" | "FAIL" | "NOT_CHECKED"
  code: string | null
  detail: string | null
}

/** The shape of the touched relations at an instant; no values, no estimates. */
export type SchemaSnapshot = {
  platform: string
  /** Sorted by schema and name; a relation that does not exist is absent. */
  relations: Array<SchemaSnapshotRelation>
}

export type SchemaSnapshotColumn = {
  ordinal: number
  name: string
  type: string
  nullable: boolean
  default_hash: string | null
  collation: string | null
}

export type SchemaSnapshotPart = {
  name: string
  kind: string
  definition_hash: string
}

export type SchemaSnapshotRelation = {
  schema: string
  name: string
  kind: string
  owner: string
  columns: Array<SchemaSnapshotColumn>
  /** Constraints, indexes, triggers, rules and policies, by name and kind. */
  parts: Array<SchemaSnapshotPart>
  definition_hash: string | null
  grants_hash: string
  row_security: boolean
}

/** Body of a `delta` receipt: the difference of two snapshots, and how many rows were affected. */
export type SemanticDelta = {
  change_id: string
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  before: string
  after: string
  /** The effect's: null where a caller did the work. */
  affected_rows: number | null
  changes: Array<SemanticDeltaDifference>
}

/** One difference. */
export type SemanticDeltaDifference = {
  /** schema.name */
  relation: string
  /** What differs: relation, column.<name>, column.<name>.type, part.<name>, grants, … */
  path: string
  change: "added" | "removed" | "altered"
  before: string | null
  after: string | null
}

/** Sigstore bundle v0.3 with a public-key hint. */
export type SigstoreBundle = {
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json"
  verificationMaterial: {
    publicKey: {
      /** base64 of SHA-256 of the SPKI DER. */
      hint: string
    }
  }
  dsseEnvelope: {
    payload: string
    payloadType: "application/vnd.in-toto+json"
    signatures: Array<{
      sig: string
    }>
  }
}

/** trust/approvers.json: whose keys and accounts may approve. */
export type TrustApprovers = {
  spec: 0
  approvers: Array<TrustApproversApprover>
  subjects: Array<TrustApproversSubject>
}

export type TrustApproversApprover = {
  person: string
  key_id: string
  alg: "ES256"
  spki: string
  enrolled_at: string
  revoked_at: string | null
  /** Set where the key is a passkey (WebAuthn): it signs assertions of one relying party at one origin. */
  webauthn?: {
    rp_id: string
    origin: string
    /** base64url */
    credential_id: string
  }
}

/** An account of the company's sign-on. One subject is one person; a person may have several. */
export type TrustApproversSubject = {
  person: string
  /** SHA-256 of the canonical JSON array [iss, sub]. */
  subject_id: string
  iss: string
  sub: string
  linked_at: string
  unlinked_at: string | null
}

/** trust/idp.json: the providers of sign-on whose ID tokens count, and their keys. */
export type TrustIdp = {
  spec: 0
  providers: Array<TrustIdpProvider>
}

export type TrustIdpKey = {
  kid: string
  alg: "RS256" | "ES256"
  spki: string
  seen_at: string
}

export type TrustIdpProvider = {
  iss: string
  client_id: string
  /** A claim that must have exactly this value, where the issuer serves many companies. */
  tenant_claim: {
    name: "tid" | "hd" | "org_id"
    value: string
  } | null
  /** Of which one must be the token's acr, for grade enhanced; empty: none is demanded. */
  acr_values: Array<string>
  /** How old a sign-on may be when the decision is checked, in seconds. */
  max_age_seconds: number
  keys: Array<TrustIdpKey>
}

/** trust/keys.json: keys a verifier is given. */
export type TrustKeys = {
  spec: 0
  keys: Array<TrustKeysKey>
}

export type TrustKeysKey = {
  key_id: string
  alg: "ES256" | "Ed25519"
  spki: string
  purposes: Array<"bundle" | "attest" | "approval">
  not_before: string
  not_after: string | null
  revoked_at: string | null
}

/** Body of an `anchor` receipt. */
export type WarehouseAnchor = {
  change_id: string
  /** Leaf hash of the receipt this artifact follows from. */
  predecessor: string
  anchor: WarehouseAnchorAnchor
}

/** A place in the warehouse's own history. */
export type WarehouseAnchorAnchor = {
  position: "before" | "after"
  platform: string
  system_identifier: string
  database: string
  timeline: number
  lsn: string
  /** Transaction id of the change, decimal. */
  xid: string | null
  snapshot: string
  role: "primary" | "standby"
  strength: "exact" | "transaction" | "bounded"
  server_version: string
  simulated: boolean
}

/** A policy.yaml: thresholds, approval and rules. Deny beats needs_approval beats allow; where no rule matches, the change is denied. */
export type Policy = {
  spec: 0
  policy_id: string
  title: string
  /** What may be done to a warehouse. */
  data_platform: {
    /** Rows an allowed change may affect at most, whatever its estimate said. */
    max_rows_without_approval: number
    /** Rows an approved change may affect at most. */
    max_rows: number
    rules: PolicyRules
  }
  /** Who must agree, and for how long that holds. */
  enforcement: {
    approval: PolicyApproval
    rules?: PolicyRules
  }
  /** What the evidence is for. */
  compliance: {
    frameworks: Array<"sox">
    /** none: the payload's key is destroyed when the change closes; evidence carries digests and facts only. */
    body_storage: "none"
    rules?: PolicyRules
  }
}

export type PolicyApproval = {
  /** Distinct persons who must approve. */
  quorum: number
  /** How long decisions count after the gate opened. */
  deadline_seconds: number
  /** How long an approval may be acted on. */
  certificate_ttl_seconds: number
  /** Persons who may decide; empty means every enrolled approver. */
  eligible_approvers: Array<string>
  /** What every approval must be; standard where it is not given. enhanced: company sign-on and passkey together, the requester's number, and a certificate of at most 600 seconds. */
  grade?: "standard" | "enhanced"
  /** How long ago the approver's key or passkey must have been enrolled; 0 where it is not given. */
  authenticator_age_seconds?: number
}

/** One rule. It speaks when `when` is true; when `when` cannot be evaluated, it denies. */
export type PolicyRule = {
  /** Unique within the policy. */
  id: string
  /** A CEL expression over facts, change and policy that gives a bool. */
  when: string
  then: "deny" | "needs_approval" | "allow"
  /** With needs_approval only: where this rule speaks, approvals must be of this grade. */
  grade?: "enhanced"
  /** One sentence for the person who reads the verdict. */
  why: string
  /** Controls the rule serves, such as COBIT 2019 BAI06.01. */
  refs?: Array<string>
}

export type PolicyRules = Array<PolicyRule>

/** An account of the company's sign-on that is a person's. `unlinked_at` not null: it counts no more, and never again. */
export type AccountView = {
  person: string
  subject_id: string
  iss: string
  linked_at: string
  unlinked_at: string | null
}

/** A change that waits for this person. */
export type ApprovalItem = {
  change_id: string
  target: string
  requester: string
  reason: string
  estimated_rows: number | null
  /** What policy asks of an approval. */
  grade: "standard" | "enhanced"
  approvals: number
  quorum: number
  deadline: string | null
}

/** What an approver is asked to agree to. */
export type ApprovalView = {
  change_id: string
  state: "OPEN" | "EVALUATED" | "DENIED" | "OBSERVED" | "AWAITING_APPROVAL" | "APPROVED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "ENFORCING" | "ENFORCED" | "FAILED" | "AMBIGUOUS" | "RECORDED" | "ATTESTED" | "CLOSED"
  target: string
  /** Everyone who asked, persons that are only claimed among them: none of them decides. */
  requesters: Array<string>
  /** Those among the requesters whom a tool named and nobody verified. */
  claimed_for: Array<string>
  reason: string
  /** The payload; its canonical bytes hash to payload_digest. */
  payload: Record<string, unknown>
  /** The verdict receipt body. */
  verdict: Record<string, unknown>
  /** What a decision signs. */
  binding: {
    payload_digest: string
    policy_digest: string
    display_hash: string
    nonce: string
  }
  deadline: string | null
  quorum: number
  /** What policy asks of an approval. */
  grade: "standard" | "enhanced"
  /** How long before it decides a key, passkey or account must have been enrolled. */
  authenticator_age_seconds: number
  /** What an approval takes: one of these lists, whole. A rejection takes one key, passkey or sign-on. */
  asks: Array<Array<"key" | "passkey" | "sign_on" | "match_code">>
  decisions: Array<{
    person: string | null
    decision: string | null
    status: string
    code: string | null
    at: string
  }>
}

/** Body of POST /v1/approvers. */
export type ApproverRequest = {
  /** Printable ASCII with single blanks inside. */
  person: string
  /** SPKI DER of a P-256 public key. */
  spki: string
}

export type ApproverView = {
  person: string
  key_id: string
  alg: "ES256"
  spki: string
  enrolled_at: string
  revoked_at: string | null
  /** Bearer token of the person, shown once at enrolment. */
  token: string | null
  /** Set where the key is a passkey (WebAuthn): it signs assertions of one relying party at one origin. */
  webauthn?: {
    rp_id: string
    origin: string
    /** base64url */
    credential_id: string
  }
}

/** Body of POST /v1/changes/{id}/cancel. */
export type CancelRequest = {
  reason: string
}

/** Body of POST /v1/changes. */
export type ChangeRequest = {
  kind: "sql"
  target: string
  statements: Array<string>
  role?: "dml" | "ddl"
  limits?: {
    max_rows?: number
    statement_timeout_ms?: number
    lock_timeout_ms?: number
    /** How long a caller has to do the work; only with executor caller. */
    grant_seconds?: number
  }
  reason?: string
  source?: string
  revision?: number
  /** Person the requesting tool acts for; counts for separation of duties, proves nothing. */
  claimed_person?: string
  /** Who does the work: clyra (the default), or the caller under a grant. */
  executor?: "clyra" | "caller"
  /** Only of work that is done already, since Clyra could not be reached. Observed on a target in review, denied on one in gate mode. */
  late?: {
    /** When the caller says he asked; proves nothing. */
    claimed_at: string
    /** How many requests before this one were not kept. */
    lost: number
  }
}

/** A change as the API shows it. */
export type ChangeView = {
  change_id: string
  tenant: string
  attempt: number
  workflow_id: string
  /** Number of receipts in the change's stream; grows with every step. */
  version: number
  state: "OPEN" | "EVALUATED" | "DENIED" | "OBSERVED" | "AWAITING_APPROVAL" | "APPROVED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "ENFORCING" | "ENFORCED" | "FAILED" | "AMBIGUOUS" | "RECORDED" | "ATTESTED" | "CLOSED"
  outcome: "enforced" | "observed" | "denied" | "rejected" | "expired" | "cancelled" | "failed" | "ambiguous" | null
  code: string | null
  target: string
  mode: "gate" | "review"
  kind: string
  executor: "clyra" | "caller"
  source: string
  requester: ChangeViewActor
  /** Person the requesting tool names; counts for separation of duties, proves nothing. */
  claimed_person: string | null
  reason: string
  /** True when the work was done while Clyra could not be reached, and told afterwards. */
  late: boolean
  payload_digest: string
  /** The verdict, once there is one. */
  verdict: {
    outcome: "allow" | "needs_approval" | "deny"
    policy_id: string
    policy_digest: string
    reasons: Array<ChangeViewReason>
    estimated_rows: number | null
    quorum: number
    deadline: string | null
  } | null
  /** Persons whose approval counted. */
  approvers: Array<string>
  /** For those who asked, and while the gate is open: the number that whoever approves must learn from them. Null where none is asked for. */
  match_code: string | null
  affected_rows: number | null
  /** The after-anchor in one line. */
  anchor: string | null
  bundle_id: string | null
  /** File name of the evidence. */
  evidence: string | null
  submitted_at: string
  /** Registry order, for after=. */
  seq: number
  /** True when nothing moves the change on: no worker takes it up, its gate is still open after the deadline, or somebody else answers for the worker. */
  stalled: boolean
  links: {
    self: string
    evidence: string | null
    /** The change's page at the approver's door, for people. */
    page: string
    temporal: string | null
  }
  /** Of a change that ended ambiguous: what the warehouse said when it was read back. Absent until then. */
  resolution?: {
    outcome: "enforced" | "failed"
    code: string | null
    settled_by: "guard_row" | "tombstone"
    resolved_at: string
  }
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type ChangeViewActor = {
  actor: string
  person: string | null
}

/** One rule that spoke. */
export type ChangeViewReason = {
  rule: string
  outcome: "allow" | "needs_approval" | "deny"
  why: string
  refs: Array<string>
}

/** Body of POST /v1/approvals/{id}/decisions. */
export type DecisionRequest = {
  envelope: DecisionRequestEnvelope
}

export type DecisionRequestEnvelope = {
  payload: string
  payloadType: string
  /** One of the approver's own key or passkey, one of his sign-on, or both, in this order. */
  signatures: Array<{
    sig: string
    /** Set where the signature is a WebAuthn assertion. */
    webauthn?: {
      authenticator_data: string
      client_data: string
    }
    /** Set where the signature is that of an ID token: as POST /v1/approvals/{id}/sign-ons/redeem gave it. */
    id_token?: {
      digest: string
      iss: string
      kid: string
      alg: "RS256" | "ES256"
    }
  }>
}

/** What became of a decision. */
export type DecisionResult = {
  decision_id: string | null
  status: "counted" | "refused" | "duplicate"
  code: string | null
  state: "OPEN" | "EVALUATED" | "DENIED" | "OBSERVED" | "AWAITING_APPROVAL" | "APPROVED" | "REJECTED" | "EXPIRED" | "CANCELLED" | "ENFORCING" | "ENFORCED" | "FAILED" | "AMBIGUOUS" | "RECORDED" | "ATTESTED" | "CLOSED"
  approvals: number
  quorum: number
}

/** The raw ID tokens behind a change's decisions: personal data, for an auditor who checks the provider's signatures himself. */
export type DisclosureView = {
  change_id: string
  tokens: Array<{
    digest: string
    /** Whose decision rests on it. */
    person: string | null
    /** The compact JWS. */
    token: string
  }>
}

/** Body of POST /v1/freeze. */
export type FreezeRequest = {
  /** Null: every target of the tenant. */
  target: string | null
  frozen: boolean
  reason: string
}

/** A freeze that stands: the receipt it rests on. */
export type FreezeView = {
  /** Null: every target of the tenant. */
  target: string | null
  reason: string
  frozen_by: FreezeViewActor
  frozen_at: string
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type FreezeViewActor = {
  actor: string
  person: string | null
}

/** Body of POST /v1/targets/{name}/gate. */
export type GateRequest = {
  policy_id: string
  reason: string
}

/** Body of POST /v1/changes/{id}/grant. */
export type GrantRequest = {
  /** The login of the warehouse that will redeem the grant. */
  login: string
}

/** A grant, shown once: the token is kept nowhere. */
export type GrantView = {
  grant_id: GrantViewUuid
  /** To be redeemed by `select clyra_guard.redeem($1)` inside the transaction that does the work. */
  token: string
  login: string
  target: string
  expires_at: string
}

export type GrantViewUuid = string

/** Body of POST /v1/invites. */
export type InviteRequest = {
  /** Printable ASCII with single blanks inside. */
  person: string
}

/** An invitation to enroll a passkey. Whoever has the URL can use it, once. */
export type InviteView = {
  person: string
  url: string
  expires_at: string
}

/** RFC 9457 problem. */
export type Problem = {
  type: string
  title: string
  status: number
  detail: string
  code: string
  retryable: boolean
  remediation: string
  instance?: string
  errors?: Array<{
    pointer: string
    detail: string
  }>
}

/** The receipts of a change, and the signed head of their stream. */
export type ReceiptsView = {
  change_id: string
  /** The canonical JSON lines of the stream `change/<id>` as they are stored: line n is leaf n of its log. */
  lines: Array<string>
  /** C2SP tlog-checkpoint of exactly these lines: a signed note. */
  checkpoint: string
}

/** Body of POST /v1/approvals/{id}/sign-ons/redeem. */
export type RedeemRequest = {
  code: string
  /** The secret whose hash the sign-on began with. */
  code_verifier: string
}

/** What the sign-on proves. */
export type RedeemView = {
  /** For the envelope of the decision; nothing but the statement it was begun with fits it. */
  signature: {
    sig: string
    /** The ID token whose signature it is; the token itself is kept. */
    id_token: {
      digest: string
      iss: string
      kid: string
      alg: "RS256" | "ES256"
    }
  }
}

/** Body of POST /v1/approvals/{id}/sign-ons. */
export type SignOnRequest = {
  /** As /statements gave it. */
  statement: string
  /** Where on his own machine the person's browser ends, with `code` in the query. */
  redirect_uri: string
  /** base64url of the SHA-256 of a secret (RFC 7636, S256). */
  code_challenge: string
}

/** Where the person signs on. */
export type SignOnView = {
  /** For the person's own browser, once, for five minutes. */
  url: string
  expires_at: string
}

/** A Slack user who was sent an address to link himself by. */
export type SlackAskedView = {
  team_id: string
  user_id: string
  expires_at: string
}

/** Body of POST /v1/slack/links. */
export type SlackLinkRequest = {
  /** Id of a user of the app's own team; Slack shows it in the user's profile. */
  user_id: string
}

/** The last link of a Slack user: whom he signed on as. */
export type SlackLinkView = {
  team_id: string
  user_id: string
  person: string
  /** SHA-256 of the canonical JSON array [iss, sub]. */
  subject_id: string
  linked_at: string
  /** It counts no more from then on. */
  expires_at: string
  unlinked_at: string | null
}

/** Body of POST /v1/approvals/{id}/statements. */
export type StatementRequest = {
  decision: "approve" | "reject"
  reason: string
  /** The number the requester was shown; given exactly where an approval of grade enhanced is asked for. */
  match_code?: string
}

/** What an approver is to sign. Check it before you sign: do not trust this answer. */
export type StatementView = {
  /** The bytes of the statement, as an envelope carries them. */
  statement: string
  /** base64url of the SHA-256 of the statement's pre-authentication encoding (DSSE): challenge of a passkey, nonce of a sign-on. */
  commitment: string
}

export type TargetView = {
  name: string
  kind: string
  mode: "gate" | "review"
  policy_id: string
  policy_digest: string
  /** Bounds the requester sets on his own change. */
  limits: {
    max_rows: number
    statement_timeout_ms: number
    lock_timeout_ms: number
  }
  /** The freezes that hold changes of this target back: of every target, of this one. */
  freezes: Array<TargetViewFreeze>
}

/** Who acted: the token's actor, and the person behind it where one is known. */
export type TargetViewActor = {
  actor: string
  person: string | null
}

/** A freeze that stands: the receipt it rests on. */
export type TargetViewFreeze = {
  /** Null: every target of the tenant. */
  target: string | null
  reason: string
  frozen_by: TargetViewActor
  frozen_at: string
}
