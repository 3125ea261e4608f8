// report.json: fourteen claims in one order, the same bytes from every verifier (spec/verifier-cli.md).
import type { DefManifest, Report, ReportClaim } from './generated/types.ts'

export type { Report }

/** What `--explain` says of each claim. The order is the report's. */
const explanations = {
  container: 'The zip was decoded and encoded again: same bytes, right CRCs, allowed names only, every required file present.',
  sums: 'SHA256SUMS lists every file but itself and sig/ once, and each was hashed; each blob is named by its SHA-256.',
  schemas: 'Every JSON text was read byte by byte as canonical JSON and judged by the schema of its kind.',
  chain: 'Each receipt has the next seq, the leaf hash of the line before, the same stream, and a time that does not run backwards.',
  tree: 'The RFC 6962 roots before the first and after the last receipt were recomputed and are those of the checkpoints.',
  checkpoint: 'The Ed25519 signature of a trusted log stands under each checkpoint and is right.',
  signature: 'Each bundle signature is right under a trusted key, and its statement names these sums, this range and this manifest.',
  lifecycle: 'The receipts were replayed through the state machine; each was allowed where it stands, the last one is recorded.',
  references: 'Each artifact names its predecessor by leaf hash; payload, policy, rows, grants, effect, blobs and manifest agree.',
  approvals:
    'Each counted decision was signed by the person it names, over exactly this payload; none asked for it; the certificate is signed.',
  sign_on:
    'Each ID token given is signed by its provider, was made for this decision alone, and says what the receipt says of the sign-on.',
  attestations: 'Each attestation is signed by a trusted key, and its controls were judged again from the receipts.',
  time: 'No outside clock has stamped this file.',
  witnesses: 'No outside party has signed the checkpoint.',
}

export type ClaimName = keyof typeof explanations

const names = Object.keys(explanations) as ClaimName[]
const fixed: Partial<Record<ClaimName, string>> = { time: 'no timestamp authority', witnesses: 'no witness' }
const limits = [
  'This does not prove that the payload was right or wise.',
  'This does not prove that every change was captured.',
  'This does not prove freshness: compare the checkpoint with one obtained elsewhere.',
  'Where a caller did the work (enforcement observed), this does not prove which statements he ran.',
]

/** The first rule of a claim that does not hold, and where; without a code, why the claim stays open. */
export class Fault extends Error {
  readonly code: string | null
  readonly place: string | null

  constructor(code: string | null, place: string | null) {
    super(code ?? 'open')
    this.code = code
    this.place = place
  }
}

/** What claim `approvals` says when it rests on ID tokens that did not prove anything. */
export const restsOnToken = 'rests on an ID token'

/** Demands that a rule holds; throws a Fault with its code and place where it does not. */
export function demand(holds: unknown, code: string | null, place: string | null): asserts holds {
  if (!holds) throw new Fault(code, place)
}

/** A result of a claim that no Fault decided. */
export const finding = (claim: ClaimName, status: ReportClaim['status'], detail: string | null): ReportClaim => ({
  claim,
  status,
  code: null,
  detail,
})

/** Runs the checks of a claim, notes PASS or the first Fault (NOT_CHECKED where it has no code), and hands on what they read: undefined after a Fault. */
export function judge<T>(findings: ReportClaim[], claim: ClaimName, check: () => T): T | undefined {
  try {
    const value = check()
    findings.push(finding(claim, 'PASS', null))
    return value
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    findings.push({ claim, status: error.code === null ? 'NOT_CHECKED' : 'FAIL', code: error.code, detail: error.place })
    return undefined
  }
}

/** The report of these findings; a claim without one is NOT_CHECKED because its premise failed, or for the reason given. */
export function makeReport(findings: ReportClaim[], bundleId: string | null, manifest?: DefManifest, why = 'premise failed'): Report {
  const claims = names.map((name) => findings.find(({ claim }) => claim === name) ?? finding(name, 'NOT_CHECKED', fixed[name] ?? why))
  const { change_id = null, attempt = null, outcome = null, range = null } = manifest ?? {}
  const sound = claims.some(({ detail }) => detail === restsOnToken) ? 'cannot_judge' : 'valid'
  const verdict = claims.some(({ status }) => status === 'FAIL') ? 'invalid' : sound
  return { spec: 0, verdict, bundle_id: bundleId, change_id, attempt, outcome, range, claims, limits }
}

/** The report of a file that could not be judged, and why: `file not readable`, `trust not readable`. */
export const cannotJudge = (why: string): Report => ({ ...makeReport([], null, undefined, why), verdict: 'cannot_judge' })

/** The canonical text of a report. Every string in it is ASCII. */
export const reportJson = (report: Report): string => JSON.stringify(sorted(report))

/** 0 valid, 1 invalid, 2 cannot judge. */
export const exitCode = ({ verdict }: Report): number => ({ valid: 0, invalid: 1, cannot_judge: 2 })[verdict]

/** The table for people; with `explain` a sentence under each claim on what was checked and how. */
export function reportTable({ verdict, bundle_id, change_id, attempt, outcome, range, claims }: Report, explain: boolean): string {
  const lines = [`verdict  ${verdict}`]
  if (bundle_id !== null) lines.push(`bundle   ${bundle_id}`)
  if (range !== null) lines.push(`change   ${change_id}, attempt ${attempt}, ${outcome}, receipts ${range.start} to ${range.end - 1}`)
  lines.push('')
  for (const [index, { claim, status, code, detail }] of claims.entries()) {
    const rest = [code, detail].filter((part) => part !== null).join(' ')
    lines.push(`${String(index + 1).padStart(2)}  ${claim.padEnd(12)}  ${status.padEnd(11)}  ${rest}`.trimEnd())
    if (explain) lines.push(`    ${explanations[claim as ClaimName]}`)
  }
  return `${[...lines, '', ...limits].join('\n')}\n`
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]))
}
