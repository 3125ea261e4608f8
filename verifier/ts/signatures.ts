// Claims `signature` and `attestations`: who signed what, by which trusted key. Statements are read only after their signature held.
import type { Bundle } from './bundle.ts'
import { readCanonical, sameJson } from './canonical.ts'
import { judgeControls } from './controls.ts'
import { openEnvelope, strictBase64 } from './dsse.ts'
import type { AttestationSox, DefStatement } from './generated/types.ts'
import type { Walk } from './lifecycle.ts'
import { demand } from './report.ts'
import { fits } from './schema.ts'
import { digest } from './sums.ts'
import type { SigningKey } from './trust.ts'

/** SIGNATURE_UNTRUSTED, _PURPOSE, _EXPIRED, _INVALID, then STATEMENT_MISMATCH, for each sig/bundle file. */
export function checkSignatures(bundle: Bundle, keys: readonly SigningKey[], now: string): void {
  const { id, manifest, files } = bundle
  const { origin, prev_root, root, range } = manifest
  const manifest_digest = digest(files.get('manifest.json') as Uint8Array)
  const expected = { bundle_id: id, end: range.end, manifest_digest, origin, prev_root, root, start: range.start }
  for (const { path, payload } of opened(bundle, keys, 'bundle', now)) {
    const statement = readStatement<DefStatement>(payload, 'def_statement', id)
    demand(statement !== null && sameJson(statement.predicate, expected), 'STATEMENT_MISMATCH', path)
  }
}

/** Open where there is none; else the same codes, ATTESTATION_MISMATCH for another subject, ATTESTATION_CONTROLS at the first control judged otherwise. */
export function checkAttestations(bundle: Bundle, walk: Walk, keys: readonly SigningKey[], now: string): void {
  const { id, manifest, signatures } = bundle
  const isAttested = [...signatures.keys()].some((path) => path.startsWith('sig/attest.'))
  demand(isAttested, null, 'none present')
  const judged = judgeControls(bundle, walk)
  for (const { path, payload } of opened(bundle, keys, 'attest', now)) {
    const statement = readStatement<AttestationSox>(payload, 'attestation_sox', id)
    const names = (['change_id', 'attempt', 'outcome'] as const).every((field) => statement?.predicate[field] === manifest[field])
    demand(statement?.predicate.bundle_id === id && names, 'ATTESTATION_MISMATCH', path)
    const { controls } = statement.predicate
    const stated = controls.map(({ control, status, receipts }) => ({ control, status, receipts }))
    for (const [index, judgement] of judged.entries()) demand(sameJson(stated[index], judgement), 'ATTESTATION_CONTROLS', judgement.control)
    demand(stated.length === judged.length, 'ATTESTATION_CONTROLS', path)
  }
}

// The signed payloads of a kind, one after the other. The hint only picks the key.
function* opened({ signatures }: Bundle, keys: readonly SigningKey[], kind: 'bundle' | 'attest', now: string) {
  for (const [path, { verificationMaterial, dsseEnvelope }] of signatures) {
    if (!path.startsWith(`sig/${kind}.`)) continue
    const hint = strictBase64(verificationMaterial.publicKey.hint)?.toString('hex') ?? ''
    const key = keys.find(({ key_id }) => key_id === hint)
    demand(key !== undefined && path.split('.').at(-3) === hint.slice(0, 8), 'SIGNATURE_UNTRUSTED', path)
    demand(key.purposes.includes(kind), 'SIGNATURE_PURPOSE', path)
    const isOver = [key.not_after, key.revoked_at].some((end) => end !== null && now >= end)
    demand(now >= key.not_before && !isOver, 'SIGNATURE_EXPIRED', path)
    const payload = openEnvelope(dsseEnvelope, key.key)
    demand(payload !== null, 'SIGNATURE_INVALID', path)
    yield { path, payload }
  }
}

// A canonical statement that fits its schema and whose subject is these sums.
function readStatement<T extends DefStatement | AttestationSox>(payload: Uint8Array, schema: string, id: string): T | null {
  const value = readCanonical(payload)
  if (value === undefined || !fits(schema, value)) return null
  const statement = value as unknown as T
  return `sha256:${statement.subject[0]?.digest.sha256}` === id ? statement : null
}
