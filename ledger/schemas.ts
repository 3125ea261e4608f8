// Judges a receipt before it is written: the envelope, and the body by the schema its kind names (spec/evidence-zip.md, Log).
import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Fault } from '../core/errors.ts'
import type { DataReceipt } from '../core/generated/types.ts'

/** What is wrong with a receipt: places and rules, never values. Empty when nothing is. */
export type Judge = (receipt: DataReceipt) => Fault[]

const ofChange: Record<string, string> = {
  change: 'common/schemas/change',
  requester: 'common/schemas/requester',
  verdict: 'common/schemas/verdict',
  decision: 'common/schemas/decision',
  approval_certificate: 'common/schemas/approval_certificate',
  attempt: 'common/schemas/attempt',
  grant: 'common/schemas/grant',
  outcome: 'common/schemas/outcome',
  anchor: 'def/schemas/warehouse_anchor',
  snapshot: 'common/schemas/snapshot',
  delta: 'def/schemas/semantic_delta',
  recorded: 'common/schemas/recorded',
  attestation: 'common/schemas/attestation',
  ticket: 'common/schemas/ticket',
}

const ofTenant: Record<string, string> = {
  bundle_sealed: 'common/schemas/bundle_sealed',
  approver_enrolled: 'common/schemas/approver_enrolled',
  approver_revoked: 'common/schemas/approver_revoked',
  approver_invited: 'common/schemas/approver_invited',
  subject_linked: 'common/schemas/subject_linked',
  subject_unlinked: 'common/schemas/subject_unlinked',
  idp_key: 'common/schemas/idp_key',
  id_tokens_disclosed: 'common/schemas/id_tokens_disclosed',
  slack_linked: 'common/schemas/slack_linked',
  slack_unlinked: 'common/schemas/slack_unlinked',
  door_refusal: 'common/schemas/door_refusal',
  target_mode: 'common/schemas/target_mode',
  freeze: 'common/schemas/freeze',
  resolution: 'common/schemas/resolution',
  late_decision: 'common/schemas/late_decision',
  decision_overflow: 'common/schemas/decision_overflow',
  cancellation: 'common/schemas/cancellation',
}

/** A judge over the schemas of spec/, read and compiled once. */
export function receiptJudge(): Judge {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true })
  const compile = (path: string): ValidateFunction =>
    ajv.compile(JSON.parse(readFileSync(new URL(`../spec/${path}.schema.json`, import.meta.url), 'utf8')))
  const compileAll = (paths: Record<string, string>) => new Map(Object.entries(paths).map(([kind, path]) => [kind, compile(path)]))
  const envelope = compile('def/schemas/data_receipt')
  const bodies = new Map([
    ['change', compileAll(ofChange)],
    ['ledger', compileAll(ofTenant)],
  ])
  return (receipt) => {
    const body = bodies.get(receipt.stream.split('/', 1)[0] ?? '')?.get(receipt.kind)
    if (!body) return [{ pointer: '/kind', detail: 'must be a kind of this stream' }]
    return [...faults(envelope, receipt, ''), ...faults(body, receipt.body, '/body')]
  }
}

function faults(validate: ValidateFunction, value: unknown, place: string): Fault[] {
  if (validate(value)) return []
  return (validate.errors ?? []).map(({ instancePath, message }) => ({
    pointer: place + instancePath,
    detail: message ?? 'does not fit its schema',
  }))
}
