// What a ticket says of a change, read from the sealed evidence file alone: a ticket never knows more than the evidence.
import { ClyraError } from '../core/errors.ts'
import type { AttestationSox, SigstoreBundle } from '../core/generated/types.ts'
import type { TicketRequest } from '../core/ports.ts'
import { lastOf, standing } from '../core/receipts.ts'
import { digest } from '../runtime/digest.ts'
import { parse, readEvidence, textOf } from './read.ts'

/** The ticket of an attested bundle. It repeats the file's words; only `clyra verify` judges them. CLYRA_EVIDENCE_INVALID. */
export function ticketRequest(zip: Uint8Array, file: string): TicketRequest {
  const { bundle_id, manifest, receipts, files } = readEvidence(zip)
  const change = lastOf(receipts, 'change')?.body
  if (change === undefined) throw missing('a change receipt')
  const verdict = lastOf(receipts, 'verdict')?.body
  const attestation = [...files.keys()].find((path) => path.startsWith('sig/attest.'))
  if (attestation === undefined) throw missing('an attestation')
  const attestationText = textOf(files, attestation)
  return {
    change_id: manifest.change_id,
    attempt: manifest.attempt,
    tenant: manifest.tenant,
    outcome: manifest.outcome,
    bundle_id,
    attestation_digest: digest(attestationText),
    evidence_file: file,
    verify_command: `clyra verify ${file} --trust trust`,
    target: change.target,
    reason: change.reason,
    policy: {
      policy_id: verdict?.policy_id ?? 'none',
      policy_digest: verdict?.policy_digest ?? 'none',
      outcome: verdict?.outcome ?? 'not judged',
      rules: (verdict?.reasons ?? []).map(({ rule }) => rule),
    },
    controls: controlsOf(attestationText).map(({ control, status, references }) => ({ control, status, references })),
    approvers: (lastOf(standing(receipts), 'approval_certificate')?.body.decisions ?? []).map(({ person }) => person),
    requester: change.requester.person ?? change.requester.actor,
    sealed_at: manifest.sealed_at,
  }
}

function controlsOf(attestationText: string): AttestationSox['predicate']['controls'] {
  const { dsseEnvelope } = parse<SigstoreBundle>(attestationText, 'sig/attest')
  return parse<AttestationSox>(Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8'), 'sig/attest').predicate.controls
}

const missing = (what: string): ClyraError => new ClyraError('CLYRA_EVIDENCE_INVALID', `expected ${what} in the evidence file`)
