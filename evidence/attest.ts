// The SOX attestation of a bundle.

import { judgeSox, notJudged } from '../core/controls/sox.ts'
import { ClyraError } from '../core/errors.ts'
import type { AttestationSox, DataReceipt, Recorded } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { demand } from './schemas.ts'
import { signSigstoreBundle } from './sigstore-bundle.ts'
import { subjectOf } from './sums.ts'

interface Judged {
  receipt: DataReceipt
  leaf: string
}

export interface AttestInput {
  /** The receipts of the bundle. */
  receipts: readonly Judged[]
  /** Digests of the bundle's blobs. */
  blobs: Iterable<string>
  bundle_id: string
  attested_at: string
  signer: Signer
}

/**
 * Judges the controls and signs the statement; the text of a file under sig/.
 * CLYRA_EVIDENCE_INVALID when the range does not end at recorded, CLYRA_EVIDENCE_SIGNER.
 */
export const attestSox = async ({ signer, ...input }: AttestInput): Promise<string> => signSigstoreBundle(soxStatement(input), signer)

/** `sig/attest.<framework>.<keyid8>.sigstore.json`. */
export const attestationPath = (framework: string, keyId: string): string => `sig/attest.${framework}.${keyId.slice(0, 8)}.sigstore.json`

/** The statement alone, as `clyra attest FILE` recomputes it offline. CLYRA_EVIDENCE_INVALID when the range does not end at recorded. */
export function soxStatement({ receipts, blobs, bundle_id, attested_at }: Omit<AttestInput, 'signer'>): AttestationSox {
  const last = receipts.at(-1)?.receipt
  if (last?.kind !== 'recorded') throw new ClyraError('CLYRA_EVIDENCE_INVALID', 'expected receipts that end at recorded')
  const { change_id, attempt, outcome } = last.body as unknown as Recorded
  const controls = judgeSox(receipts, new Set(blobs))
  const statement: AttestationSox = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjectOf(bundle_id),
    predicateType: 'https://clyra.dev/spec/attestation/sox/v0',
    predicate: {
      framework: 'sox',
      mode: 'instance',
      bundle_id,
      change_id,
      attempt,
      outcome,
      controls,
      not_judged: [...notJudged],
      attested_at,
    },
  }
  demand('attestation_sox', statement)
  return statement
}
