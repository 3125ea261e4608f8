// Claim `references`: each artifact names its predecessor, and all agree with each other and with the manifest (walk rules 1, 2, 5-9).
import { type Bundle, bodySchemas, type Receipt } from './bundle.ts'
import { readCanonical, sameJson } from './canonical.ts'
import { deltaOf } from './delta.ts'
import { schemaDigests } from './generated/schemas.ts'
import type { ApprovalCertificate, Attempt, Decision, DefManifest, Effect, SchemaSnapshot, Verdict } from './generated/types.ts'
import type { Walk } from './lifecycle.ts'
import { rootOf } from './merkle.ts'
import { demand } from './report.ts'
import { blobPath } from './sums.ts'

type Role = DefManifest['blobs'][number]['role']

const at = ({ seq }: { seq: number }): string => `seq ${seq}`

/** The rules in the order of spec/verifier-cli.md; within a rule, receipt by receipt. */
export function checkReferences(bundle: Bundle, walk: Walk): void {
  const { manifest } = bundle
  const { change, verdict, attempt, certificate, outcome, receipts } = walk
  for (const receipt of [...walk.earlier, ...receipts]) {
    const { change_id, attempt = manifest.attempt } = receipt.body as { change_id: string; attempt?: number }
    const isRight = walk.earlier.includes(receipt) ? attempt < manifest.attempt : attempt === manifest.attempt
    demand(change_id === manifest.change_id && isRight, 'REF_CHANGE_ID', at(receipt))
  }
  for (const receipt of receipts.slice(1))
    demand(predecessors(receipt, walk).includes(receipt.body.predecessor), 'REF_PREDECESSOR', at(receipt))
  for (const receipt of receipts) {
    const { payload_digest = change.body.payload_digest } = receipt.body
    demand(payload_digest === change.body.payload_digest, 'REF_PAYLOAD', at(receipt))
  }
  demand(verdict === undefined || verdict.body.mode === change.body.mode, 'REF_POLICY', at(verdict ?? change))
  const named = namedBlobs(walk)
  for (const { digest, role, receipt } of named) {
    // A decision that was refused may have been anything, also what cannot be a blob.
    if ((receipt.body as { status?: string }).status === 'refused') continue
    const isThere = bundle.blobs.has(digest) && manifest.blobs.some((blob) => blob.digest === digest && blob.role === role)
    demand(isThere, role === 'policy' ? 'REF_POLICY' : 'REF_BLOB', at(receipt))
  }
  if (attempt !== undefined) {
    // That an allow verdict or a certificate stands before it is the lifecycle's.
    const { approved_at = attempt.at, expires_at = '~' } = certificate?.body ?? {}
    demand(approved_at <= attempt.at && attempt.at < expires_at, 'REF_AUTHORISATION', at(attempt))
    demand(attempt.body.row_limit === verdict?.body.row_limit, 'REF_ROW_LIMIT', at(attempt))
    const rows = outcome.body.enforcement === 'applied' ? (outcome.body.affected_rows ?? Number.POSITIVE_INFINITY) : 0
    demand(rows <= attempt.body.row_limit, 'REF_ROW_LIMIT', at(outcome))
    checkGrants(walk, attempt)
  }
  // Lifecycle (verdict, mode) and predecessors (a counted reject) hold the other outcomes.
  const { outcome: name, code, effect } = outcome.body
  demand(name !== 'expired' || outcome.at > (verdict?.body.deadline ?? '~'), 'REF_OUTCOME', at(outcome))
  demand((code === null) === ['enforced', 'observed'].includes(name), 'REF_OUTCOME', at(outcome))
  checkEnforcement(walk)
  demand((effect !== null) === (name === 'enforced'), 'REF_EFFECT', at(outcome))
  if (effect !== null) checkEffect(bundle, effect, walk)
  checkRecorded(bundle, walk)
  checkManifest(bundle, walk)
  checkBlobs(bundle, new Map(named.map(({ digest, role }) => [digest, role])))
}

// Most artifacts have one possible predecessor; a rejection may rest on any counted reject.
function predecessors({ kind, seq, body }: Receipt, walk: Walk): unknown[] {
  const { change, verdict, certificate, attempt, outcome, decisions } = walk
  const judged = walk.receipts.findLast((receipt) => receipt.kind === 'verdict' && receipt.seq < seq)
  if (kind === 'requester' || kind === 'verdict') return [change.leaf]
  if (kind === 'decision') return [(judged ?? change).leaf]
  if (kind === 'approval_certificate') return [judged?.leaf]
  if (kind === 'attempt') return [(certificate ?? verdict)?.leaf]
  if (kind === 'grant') return [attempt?.leaf]
  if (kind !== 'outcome') return [outcome.leaf] // anchor, snapshot, delta, recorded
  if (body.outcome !== 'rejected') return [(attempt ?? certificate ?? verdict ?? change).leaf]
  return decisions.filter((decision) => decision.body.status === 'counted' && decision.body.decision === 'reject').map(({ leaf }) => leaf)
}

// Which blobs the receipts name, and as what; void ones name theirs too.
function namedBlobs({ receipts, outcome, snapshots }: Walk): { digest: string; role: Role; receipt: Receipt<object> }[] {
  const { effect } = outcome.body
  const all = <Body extends object>(kind: string) => receipts.filter((receipt) => receipt.kind === kind) as unknown as Receipt<Body>[]
  return [
    ...all<Verdict>('verdict').map((receipt) => ({ digest: receipt.body.policy_digest, role: 'policy' as const, receipt })),
    ...all<Decision>('decision').map((receipt) => ({ digest: receipt.body.envelope_digest, role: 'decision' as const, receipt })),
    ...all<ApprovalCertificate>('approval_certificate').map((receipt) => ({
      digest: receipt.body.envelope_digest,
      role: 'certificate' as const,
      receipt,
    })),
    ...(effect === null ? [] : [{ digest: effect, role: 'effect' as const, receipt: outcome }]),
    ...snapshots.map((receipt) => ({ digest: receipt.body.digest, role: 'snapshot' as const, receipt })),
  ]
}

// Who was to do the work, and under which grants.
function checkGrants({ change, requesters, grants }: Walk, attempt: Receipt<Attempt>): void {
  const { executor, window } = attempt.body
  const isOpen = window?.anchor.position === 'before' && window.expires_at > attempt.at
  const isRight = executor === change.body.executor && (executor === 'caller' ? isOpen : window === null)
  demand(isRight, 'REF_EXECUTOR', at(attempt))
  const given = new Set<string>()
  for (const grant of grants) {
    const { grant_id, token_hash, target, caller, expires_at } = grant.body
    const asked = [change, ...requesters].some(({ seq, body }) => seq < attempt.seq && body.requester.actor === caller.actor)
    const isNew = !given.has(grant_id) && !given.has(token_hash)
    const isLimited = target === change.body.target && expires_at === window?.expires_at && grant.at < expires_at
    demand(asked && isNew && isLimited, 'REF_GRANT', at(grant))
    given.add(grant_id).add(token_hash)
  }
}

// Clyra counts what it applied; of a caller the warehouse kept under which grant he committed.
function checkEnforcement({ attempt, grants, outcome }: Walk): void {
  const { outcome: name, enforcement, redemption, affected_rows, rows_by_statement, settled_by } = outcome.body
  const how = attempt?.body.executor === 'caller' ? 'observed' : 'applied'
  const isRedeemed = ({ body: { grant_id, login, expires_at } }: Walk['grants'][number]) =>
    grant_id === redemption?.grant_id && login === redemption.login && redemption.redeemed_at < expires_at
  const isSeen = affected_rows === null && rows_by_statement.length === 0 && settled_by === 'guard_row' && grants.some(isRedeemed)
  const isRight = enforcement === (name === 'enforced' ? how : null) && (enforcement === 'observed' ? isSeen : redemption === null)
  demand(isRight, 'REF_ENFORCEMENT', at(outcome))
}

function checkEffect({ blobs }: Bundle, digest: string, { change, attempt, outcome, anchors, snapshots, deltas }: Walk): void {
  const blob = <T>(named: string): T => readCanonical(blobs.get(named) as Uint8Array) as T
  const effect = blob<Effect>(digest)
  const isSame =
    effect.change_id === change.body.change_id &&
    effect.attempt === attempt?.body.attempt &&
    effect.payload_digest === outcome.body.payload_digest &&
    effect.affected_rows === outcome.body.affected_rows &&
    sameJson(effect.rows_by_statement, outcome.body.rows_by_statement)
  demand(isSame, 'REF_EFFECT', at(outcome))
  const seenAnchors = anchors.map(({ body }) => body.anchor)
  const positions = seenAnchors.map(({ position }) => position)
  demand(sameJson(positions, ['before', 'after']) && sameJson(seenAnchors, effect.anchors), 'REF_EFFECT', at(outcome))
  const { window = null } = attempt?.body ?? {}
  const [first, second] = effect.anchors
  const framed = [effect.before, first, second?.xid]
  demand(window === null || sameJson(framed, [window.before, window.anchor, outcome.body.redemption?.xid]), 'REF_EFFECT', at(outcome))
  const seenSnapshots = snapshots.map(({ body: { position, digest, relations } }) => ({ position, digest, relations }))
  const expected = (['before', 'after'] as const).map((position) => ({ position, ...effect[position] }))
  demand(sameJson(seenSnapshots, expected), 'REF_EFFECT', at(outcome))
  const [before, after] = [effect.before.digest, effect.after.digest]
  const changes = deltaOf(blob<SchemaSnapshot>(before), blob<SchemaSnapshot>(after))
  const seenDeltas = deltas.map(({ body }) => [body.before, body.after, body.affected_rows, body.changes])
  demand(sameJson(seenDeltas, [[before, after, effect.affected_rows, changes]]), 'REF_EFFECT', at(outcome))
}

function checkRecorded({ manifest }: Bundle, { receipts, outcome, recorded }: Walk): void {
  const { governance, receipts: count, outcome: name } = recorded.body
  const seqs = Object.values(governance).flat()
  const exist = seqs.every((seq) => seq >= manifest.range.start && seq <= recorded.seq)
  demand(exist && count === receipts.length && name === outcome.body.outcome, 'REF_RECORDED', at(recorded))
}

function checkManifest({ manifest, receipts, edge, checkpoints }: Bundle, { change, outcome, recorded }: Walk): void {
  const counts = new Map<string, number>()
  for (const { kind } of receipts) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const schemas = new Set(['data_receipt', 'def_manifest', ...[...counts.keys()].map((kind) => bodySchemas[kind] as string)])
  const prevRoot = edge.length === 0 ? null : `sha256:${Buffer.from(rootOf(edge)).toString('hex')}`
  const isRight =
    manifest.tenant === change.body.tenant &&
    (manifest.attempt === 1) === (manifest.range.start === 0) &&
    manifest.range.end === manifest.range.start + receipts.length &&
    manifest.root === `sha256:${checkpoints.get('log/checkpoint')?.root.toString('hex')}` &&
    manifest.prev_root === prevRoot &&
    manifest.outcome === outcome.body.outcome &&
    sameJson(
      manifest.counts.map(({ kind, count }) => [kind, count]),
      [...counts].sort(),
    ) &&
    sameJson(manifest.governance, recorded.body.governance) &&
    sameJson(
      manifest.schemas.map(({ name, digest }) => [name, digest]),
      [...schemas].sort().map((name) => [name, schemaDigests[name]]),
    )
  demand(isRight, 'REF_MANIFEST', 'manifest.json')
}

function checkBlobs({ manifest, blobs }: Bundle, named: Map<string, Role>): void {
  let last = ''
  for (const { digest, size, media_type, role } of manifest.blobs) {
    const media = ['decision', 'certificate'].includes(role) ? 'application/vnd.dsse.envelope+json' : 'application/json'
    const isRight = digest > last && blobs.get(digest)?.length === size && media_type === media && named.get(digest) === role
    demand(isRight, 'REF_MANIFEST', blobPath(digest))
    last = digest
  }
  const listed = new Set(manifest.blobs.map(({ digest }) => digest))
  for (const digest of blobs.keys()) demand(listed.has(digest), 'REF_MANIFEST', blobPath(digest))
}
