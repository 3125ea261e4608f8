import type { ErrorKind } from '../errors.ts'

export const evidenceErrors = {
  CLYRA_EVIDENCE_NOT_READY: { http: 404, retryable: true, remedy: 'Wait until the change is recorded: `clyra change wait`.' },
  CLYRA_EVIDENCE_INVALID: { http: 500, retryable: false, remedy: 'Do not rely on the file; run `clyra verify --explain` on it.' },
  CLYRA_EVIDENCE_SIGNER: { http: 500, retryable: true, remedy: 'Check the signing key; the signature it made does not verify.' },
  CLYRA_EVIDENCE_KEY_EXISTS: {
    http: 409,
    retryable: false,
    remedy: 'Use the key that is there, or name another file; keys are never overwritten.',
  },
  CLYRA_EVIDENCE_KEY_UNREADABLE: {
    http: 500,
    retryable: false,
    remedy: 'Name a PEM file with a P-256 or Ed25519 private key that this process may read.',
  },
} satisfies Record<string, ErrorKind>
