"""What the control API takes and answers. Generated from spec/api/schemas by `npm run gen`. Do not edit."""

from typing import Literal, NotRequired, TypedDict


class AccountView(TypedDict):
    """An account of the company's sign-on that is a person's. `unlinked_at` not null: it counts no more, and never
    again.
    """

    person: str
    subject_id: str
    iss: str
    linked_at: str
    unlinked_at: str | None


class ApprovalItem(TypedDict):
    """A change that waits for this person."""

    change_id: str
    target: str
    requester: str
    reason: str
    estimated_rows: int | None
    # What policy asks of an approval.
    grade: Literal["standard", "enhanced"]
    approvals: int
    quorum: int
    deadline: str | None


class ApprovalViewBinding(TypedDict):
    """What a decision signs."""

    payload_digest: str
    policy_digest: str
    display_hash: str
    nonce: str


class ApprovalViewDecisionsItem(TypedDict):
    """Part of `ApprovalView`."""

    person: str | None
    decision: str | None
    status: str
    code: str | None
    at: str


class ApprovalView(TypedDict):
    """What an approver is asked to agree to."""

    change_id: str
    state: Literal[
        "OPEN",
        "EVALUATED",
        "DENIED",
        "OBSERVED",
        "AWAITING_APPROVAL",
        "APPROVED",
        "REJECTED",
        "EXPIRED",
        "CANCELLED",
        "ENFORCING",
        "ENFORCED",
        "FAILED",
        "AMBIGUOUS",
        "RECORDED",
        "ATTESTED",
        "CLOSED",
    ]
    target: str
    # Everyone who asked, persons that are only claimed among them: none of them decides.
    requesters: list[str]
    # Those among the requesters whom a tool named and nobody verified.
    claimed_for: list[str]
    reason: str
    # The payload; its canonical bytes hash to payload_digest.
    payload: dict[str, object]
    # The verdict receipt body.
    verdict: dict[str, object]
    # What a decision signs.
    binding: ApprovalViewBinding
    deadline: str | None
    quorum: int
    # What policy asks of an approval.
    grade: Literal["standard", "enhanced"]
    # How long before it decides a key, passkey or account must have been enrolled.
    authenticator_age_seconds: int
    # What an approval takes: one of these lists, whole. A rejection takes one key, passkey or sign-on.
    asks: list[list[Literal["key", "passkey", "sign_on", "match_code"]]]
    decisions: list[ApprovalViewDecisionsItem]


class ApproverRequest(TypedDict):
    """Body of POST /v1/approvers."""

    # Printable ASCII with single blanks inside.
    person: str
    # SPKI DER of a P-256 public key.
    spki: str


class ApproverViewWebauthn(TypedDict):
    """Set where the key is a passkey (WebAuthn): it signs assertions of one relying party at one origin."""

    rp_id: str
    origin: str
    # base64url
    credential_id: str


class ApproverView(TypedDict):
    """As its schema says."""

    person: str
    key_id: str
    alg: Literal["ES256"]
    spki: str
    enrolled_at: str
    revoked_at: str | None
    # Bearer token of the person, shown once at enrolment.
    token: str | None
    # Set where the key is a passkey (WebAuthn): it signs assertions of one relying party at one origin.
    webauthn: NotRequired[ApproverViewWebauthn]


class CancelRequest(TypedDict):
    """Body of POST /v1/changes/{id}/cancel."""

    reason: str


class ChangeRequestLimits(TypedDict):
    """Part of `ChangeRequest`."""

    max_rows: NotRequired[int]
    statement_timeout_ms: NotRequired[int]
    lock_timeout_ms: NotRequired[int]
    # How long a caller has to do the work; only with executor caller.
    grant_seconds: NotRequired[int]


class ChangeRequestLate(TypedDict):
    """Only of work that is done already, since Clyra could not be reached. Observed on a target in review, denied on
    one in gate mode.
    """

    # When the caller says he asked; proves nothing.
    claimed_at: str
    # How many requests before this one were not kept.
    lost: int


class ChangeRequest(TypedDict):
    """Body of POST /v1/changes."""

    kind: Literal["sql"]
    target: str
    statements: list[str]
    role: NotRequired[Literal["dml", "ddl"]]
    limits: NotRequired[ChangeRequestLimits]
    reason: NotRequired[str]
    source: NotRequired[str]
    revision: NotRequired[int]
    # Person the requesting tool acts for; counts for separation of duties, proves nothing.
    claimed_person: NotRequired[str]
    # Who does the work: clyra (the default), or the caller under a grant.
    executor: NotRequired[Literal["clyra", "caller"]]
    # Only of work that is done already, since Clyra could not be reached. Observed on a target in review, denied on one
    # in gate mode.
    late: NotRequired[ChangeRequestLate]


class ChangeViewActor(TypedDict):
    """Who acted: the token's actor, and the person behind it where one is known."""

    actor: str
    person: str | None


class ChangeViewReason(TypedDict):
    """One rule that spoke."""

    rule: str
    outcome: Literal["allow", "needs_approval", "deny"]
    why: str
    refs: list[str]


class ChangeViewVerdict(TypedDict):
    """The verdict, once there is one."""

    outcome: Literal["allow", "needs_approval", "deny"]
    policy_id: str
    policy_digest: str
    reasons: list[ChangeViewReason]
    estimated_rows: int | None
    quorum: int
    deadline: str | None


class ChangeViewLinks(TypedDict):
    """Part of `ChangeView`."""

    self: str
    evidence: str | None
    # The change's page at the approver's door, for people.
    page: str
    temporal: str | None


class ChangeViewResolution(TypedDict):
    """Of a change that ended ambiguous: what the warehouse said when it was read back. Absent until then."""

    outcome: Literal["enforced", "failed"]
    code: str | None
    settled_by: Literal["guard_row", "tombstone"]
    resolved_at: str


class ChangeView(TypedDict):
    """A change as the API shows it."""

    change_id: str
    tenant: str
    attempt: int
    workflow_id: str
    # Number of receipts in the change's stream; grows with every step.
    version: int
    state: Literal[
        "OPEN",
        "EVALUATED",
        "DENIED",
        "OBSERVED",
        "AWAITING_APPROVAL",
        "APPROVED",
        "REJECTED",
        "EXPIRED",
        "CANCELLED",
        "ENFORCING",
        "ENFORCED",
        "FAILED",
        "AMBIGUOUS",
        "RECORDED",
        "ATTESTED",
        "CLOSED",
    ]
    outcome: Literal["enforced", "observed", "denied", "rejected", "expired", "cancelled", "failed", "ambiguous", None]
    code: str | None
    target: str
    mode: Literal["gate", "review"]
    kind: str
    executor: Literal["clyra", "caller"]
    source: str
    requester: ChangeViewActor
    # Person the requesting tool names; counts for separation of duties, proves nothing.
    claimed_person: str | None
    reason: str
    # True when the work was done while Clyra could not be reached, and told afterwards.
    late: bool
    payload_digest: str
    # The verdict, once there is one.
    verdict: ChangeViewVerdict | None
    # Persons whose approval counted.
    approvers: list[str]
    # For those who asked, and while the gate is open: the number that whoever approves must learn from them. Null where
    # none is asked for.
    match_code: str | None
    affected_rows: int | None
    # The after-anchor in one line.
    anchor: str | None
    bundle_id: str | None
    # File name of the evidence.
    evidence: str | None
    submitted_at: str
    # Registry order, for after=.
    seq: int
    # True when nothing moves the change on: no worker takes it up, its gate is still open after the deadline, or
    # somebody else answers for the worker.
    stalled: bool
    links: ChangeViewLinks
    # Of a change that ended ambiguous: what the warehouse said when it was read back. Absent until then.
    resolution: NotRequired[ChangeViewResolution]


class DecisionRequestEnvelopeSignaturesItemWebauthn(TypedDict):
    """Set where the signature is a WebAuthn assertion."""

    authenticator_data: str
    client_data: str


class DecisionRequestEnvelopeSignaturesItemIdToken(TypedDict):
    """Set where the signature is that of an ID token: as POST /v1/approvals/{id}/sign-ons/redeem gave it."""

    digest: str
    iss: str
    kid: str
    alg: Literal["RS256", "ES256"]


class DecisionRequestEnvelopeSignaturesItem(TypedDict):
    """Part of `DecisionRequest`."""

    sig: str
    # Set where the signature is a WebAuthn assertion.
    webauthn: NotRequired[DecisionRequestEnvelopeSignaturesItemWebauthn]
    # Set where the signature is that of an ID token: as POST /v1/approvals/{id}/sign-ons/redeem gave it.
    id_token: NotRequired[DecisionRequestEnvelopeSignaturesItemIdToken]


class DecisionRequestEnvelope(TypedDict):
    """Part of `DecisionRequest`."""

    payload: str
    payloadType: str
    # One of the approver's own key or passkey, one of his sign-on, or both, in this order.
    signatures: list[DecisionRequestEnvelopeSignaturesItem]


class DecisionRequest(TypedDict):
    """Body of POST /v1/approvals/{id}/decisions."""

    envelope: DecisionRequestEnvelope


class DecisionResult(TypedDict):
    """What became of a decision."""

    decision_id: str | None
    status: Literal["counted", "refused", "duplicate"]
    code: str | None
    state: Literal[
        "OPEN",
        "EVALUATED",
        "DENIED",
        "OBSERVED",
        "AWAITING_APPROVAL",
        "APPROVED",
        "REJECTED",
        "EXPIRED",
        "CANCELLED",
        "ENFORCING",
        "ENFORCED",
        "FAILED",
        "AMBIGUOUS",
        "RECORDED",
        "ATTESTED",
        "CLOSED",
    ]
    approvals: int
    quorum: int


class DisclosureViewTokensItem(TypedDict):
    """Part of `DisclosureView`."""

    digest: str
    # Whose decision rests on it.
    person: str | None
    # The compact JWS.
    token: str


class DisclosureView(TypedDict):
    """The raw ID tokens behind a change's decisions: personal data, for an auditor who checks the provider's
    signatures himself.
    """

    change_id: str
    tokens: list[DisclosureViewTokensItem]


class FreezeRequest(TypedDict):
    """Body of POST /v1/freeze."""

    # Null: every target of the tenant.
    target: str | None
    frozen: bool
    reason: str


class FreezeViewActor(TypedDict):
    """Who acted: the token's actor, and the person behind it where one is known."""

    actor: str
    person: str | None


class FreezeView(TypedDict):
    """A freeze that stands: the receipt it rests on."""

    # Null: every target of the tenant.
    target: str | None
    reason: str
    frozen_by: FreezeViewActor
    frozen_at: str


class GateRequest(TypedDict):
    """Body of POST /v1/targets/{name}/gate."""

    policy_id: str
    reason: str


class GrantRequest(TypedDict):
    """Body of POST /v1/changes/{id}/grant."""

    # The login of the warehouse that will redeem the grant.
    login: str


class GrantView(TypedDict):
    """A grant, shown once: the token is kept nowhere."""

    grant_id: str
    # To be redeemed by `select clyra_guard.redeem($1)` inside the transaction that does the work.
    token: str
    login: str
    target: str
    expires_at: str


class InviteRequest(TypedDict):
    """Body of POST /v1/invites."""

    # Printable ASCII with single blanks inside.
    person: str


class InviteView(TypedDict):
    """An invitation to enroll a passkey. Whoever has the URL can use it, once."""

    person: str
    url: str
    expires_at: str


class ProblemErrorsItem(TypedDict):
    """Part of `Problem`."""

    pointer: str
    detail: str


class Problem(TypedDict):
    """RFC 9457 problem."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    remediation: str
    instance: NotRequired[str]
    errors: NotRequired[list[ProblemErrorsItem]]


class ReceiptsView(TypedDict):
    """The receipts of a change, and the signed head of their stream."""

    change_id: str
    # The canonical JSON lines of the stream `change/<id>` as they are stored: line n is leaf n of its log.
    lines: list[str]
    # C2SP tlog-checkpoint of exactly these lines: a signed note.
    checkpoint: str


class RedeemRequest(TypedDict):
    """Body of POST /v1/approvals/{id}/sign-ons/redeem."""

    code: str
    # The secret whose hash the sign-on began with.
    code_verifier: str


class RedeemViewSignatureIdToken(TypedDict):
    """The ID token whose signature it is; the token itself is kept."""

    digest: str
    iss: str
    kid: str
    alg: Literal["RS256", "ES256"]


class RedeemViewSignature(TypedDict):
    """For the envelope of the decision; nothing but the statement it was begun with fits it."""

    sig: str
    # The ID token whose signature it is; the token itself is kept.
    id_token: RedeemViewSignatureIdToken


class RedeemView(TypedDict):
    """What the sign-on proves."""

    # For the envelope of the decision; nothing but the statement it was begun with fits it.
    signature: RedeemViewSignature


class SignOnRequest(TypedDict):
    """Body of POST /v1/approvals/{id}/sign-ons."""

    # As /statements gave it.
    statement: str
    # Where on his own machine the person's browser ends, with `code` in the query.
    redirect_uri: str
    # base64url of the SHA-256 of a secret (RFC 7636, S256).
    code_challenge: str


class SignOnView(TypedDict):
    """Where the person signs on."""

    # For the person's own browser, once, for five minutes.
    url: str
    expires_at: str


class SlackAskedView(TypedDict):
    """A Slack user who was sent an address to link himself by."""

    team_id: str
    user_id: str
    expires_at: str


class SlackLinkRequest(TypedDict):
    """Body of POST /v1/slack/links."""

    # Id of a user of the app's own team; Slack shows it in the user's profile.
    user_id: str


class SlackLinkView(TypedDict):
    """The last link of a Slack user: whom he signed on as."""

    team_id: str
    user_id: str
    person: str
    # SHA-256 of the canonical JSON array [iss, sub].
    subject_id: str
    linked_at: str
    # It counts no more from then on.
    expires_at: str
    unlinked_at: str | None


class StatementRequest(TypedDict):
    """Body of POST /v1/approvals/{id}/statements."""

    decision: Literal["approve", "reject"]
    reason: str
    # The number the requester was shown; given exactly where an approval of grade enhanced is asked for.
    match_code: NotRequired[str]


class StatementView(TypedDict):
    """What an approver is to sign. Check it before you sign: do not trust this answer."""

    # The bytes of the statement, as an envelope carries them.
    statement: str
    # base64url of the SHA-256 of the statement's pre-authentication encoding (DSSE): challenge of a passkey, nonce of a
    # sign-on.
    commitment: str


class TargetViewLimits(TypedDict):
    """Bounds the requester sets on his own change."""

    max_rows: int
    statement_timeout_ms: int
    lock_timeout_ms: int


class TargetViewActor(TypedDict):
    """Who acted: the token's actor, and the person behind it where one is known."""

    actor: str
    person: str | None


class TargetViewFreeze(TypedDict):
    """A freeze that stands: the receipt it rests on."""

    # Null: every target of the tenant.
    target: str | None
    reason: str
    frozen_by: TargetViewActor
    frozen_at: str


class TargetView(TypedDict):
    """As its schema says."""

    name: str
    kind: str
    mode: Literal["gate", "review"]
    policy_id: str
    policy_digest: str
    # Bounds the requester sets on his own change.
    limits: TargetViewLimits
    # The freezes that hold changes of this target back: of every target, of this one.
    freezes: list[TargetViewFreeze]
