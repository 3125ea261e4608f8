import type { ErrorKind } from '../errors.ts'

export const postgresErrors = {
  CLYRA_PAYLOAD_MISMATCH: {
    http: 409,
    retryable: false,
    remedy: 'Nothing ran. Find out who changed the stored payload, then ask for the change again.',
  },
  CLYRA_ENFORCE_NOT_AUTHORISED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing ran. The ledger holds no valid verdict or certificate for this payload.',
  },
} satisfies Record<string, ErrorKind>
