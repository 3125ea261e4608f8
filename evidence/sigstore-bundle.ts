// Sigstore bundle v0.3 with a public-key hint: the file format of every signature in sig/.
import { canonical } from '../core/canonical.ts'
import type { SigstoreBundle } from '../core/generated/types.ts'
import type { Signer } from '../core/ports.ts'
import { signStatement } from './dsse.ts'
import { demand } from './schemas.ts'

/** Signs a statement and returns the bundle's canonical text. CLYRA_EVIDENCE_INVALID, CLYRA_EVIDENCE_SIGNER. */
export async function signSigstoreBundle(statement: unknown, signer: Signer): Promise<string> {
  const bundle: SigstoreBundle = {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: Buffer.from(signer.keyId, 'hex').toString('base64') } },
    dsseEnvelope: await signStatement(statement, signer),
  }
  demand('sigstore_bundle', bundle)
  return canonical(bundle)
}
