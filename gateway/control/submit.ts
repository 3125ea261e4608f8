// Submitting a change: the same request, made once or fifty times at once, is one change with one run.
import { canonical } from '../../core/canonical.ts'
import { ClyraError } from '../../core/errors.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { changeBody } from '../../core/kinds/change.ts'
import { isEnd, type State } from '../../core/lifecycle.ts'
import { changeStream, receiptKey } from '../../core/receipts.ts'
import type { ChangeRow, NewChange, Principal } from '../../ledger/types.ts'
import { changeId } from '../../runtime/change-id.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { actorOf } from './auth.ts'
import type { GatewayDeps } from './deps.ts'
import { payloadOf } from './payload.ts'
import { targetOf } from './targets.ts'

/**
 * Registers the change, or finds it, and sees to it that it runs. `created` is true for a new change or a new attempt.
 * CLYRA_CONFIG_UNKNOWN_TARGET; CLYRA_API_BUSY and CLYRA_API_UNREACHABLE when it is registered but could not be started:
 * the same request made again starts it.
 */
export async function submit(
  deps: GatewayDeps,
  principal: Principal,
  siteKey: string,
  request: ChangeRequest,
): Promise<{ row: ChangeRow; created: boolean }> {
  const { ledger } = deps
  const { change, payload } = await read(deps, principal, siteKey, request)
  await ledger.payloads.put(change.tenant, payload.digest, payload.bytes)
  const { row, created } = await ledger.changes.register(change)
  if (!created) await join(deps, row, change)
  // The attempt before may have closed just now, and destroyed what had been put above.
  else if (row.attempt > 1) await ledger.payloads.put(change.tenant, payload.digest, payload.bytes)
  if (created || row.state === 'OPEN') {
    const run = { tenant: row.tenant, change_id: row.change_id, attempt: row.attempt }
    await deps.workflows.start(run, { summary: summaryOf(row), target: row.target })
  }
  return { row, created }
}

/** The change that this very request asked for. CLYRA_API_NOT_FOUND when it never arrived. */
export async function find(deps: GatewayDeps, principal: Principal, siteKey: string, request: ChangeRequest): Promise<ChangeRow> {
  const { change } = await read(deps, principal, siteKey, request)
  const row = await deps.ledger.changes.get(change.tenant, change.change_id)
  if (row === null) throw new ClyraError('CLYRA_API_NOT_FOUND', 'expected a change that this request asked for, found none')
  return row
}

async function read(deps: GatewayDeps, principal: Principal, siteKey: string, request: ChangeRequest) {
  const target = await targetOf(deps, principal, request.target)
  const payload = payloadOf(deps.tenantKey, siteKey, request, target)
  return { payload, change: newChange(principal, siteKey, request, target.mode, payload.digest) }
}

function newChange(
  principal: Principal,
  siteKey: string,
  request: ChangeRequest,
  mode: NewChange['mode'],
  payloadDigest: string,
): NewChange {
  const { source = 'api', revision = 1 } = request
  return {
    change_id: changeId({ tenant: principal.tenant, source, siteKey, payloadDigest, revision }),
    tenant: principal.tenant,
    kind: request.kind,
    source,
    site_key_digest: digest(siteKey),
    revision,
    target: request.target,
    mode,
    executor: request.executor ?? 'clyra',
    role: request.role ?? 'dml',
    statements: request.statements.length,
    payload_digest: payloadDigest,
    requester: actorOf(principal),
    // No name claims nobody.
    claimed_person: request.claimed_person || null,
    reason: request.reason ?? '',
    late: request.late ?? null,
  }
}

async function join({ ledger }: GatewayDeps, row: ChangeRow, asked: NewChange): Promise<void> {
  // What this request put back would never be destroyed: the change has closed.
  if (row.state === 'CLOSED') return ledger.payloads.destroy(row.tenant, row.payload_digest, row.change_id)
  const same = row.requester.actor === asked.requester.actor && row.requester.person === asked.requester.person
  if (same && (asked.claimed_person === null || asked.claimed_person === row.claimed_person)) return
  if (isEnd(row.state as State)) return
  await addRequester({ ledger }, row, asked)
}

// Whoever asks for the same change counts as a requester, also before a worker has written the change's first receipt.
async function addRequester({ ledger }: Pick<GatewayDeps, 'ledger'>, row: ChangeRow, asked: NewChange): Promise<void> {
  const stream = changeStream(row.change_id)
  const change = { key: receiptKey.change(row.attempt), kind: 'change', actor: row.requester, body: changeBody(row) }
  const [stored] = await ledger.log.append(stream, [change])
  if (stored === undefined) throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected the change receipt, found none')
  const { requester, claimed_person } = asked
  const who = sha256Hex(canonical([requester.actor, requester.person, claimed_person]))
  const body = { change_id: row.change_id, requester, claimed_person, predecessor: stored.leaf }
  try {
    await ledger.log.append(stream, [{ key: `requester:${row.attempt}:${who}`, kind: 'requester', actor: requester, body }])
  } catch (error) {
    // The change may have ended since its row was read: then nobody joins it any more.
    const now = await ledger.changes.get(row.tenant, row.change_id)
    if (now === null || !isEnd(now.state as State)) throw error
  }
}

/** One line for an operator. */
export const summaryOf = (row: ChangeRow): string =>
  `${row.kind} on ${row.target}, ${row.statements} statement(s), ${row.role}, asked by ${row.requester.actor}`
