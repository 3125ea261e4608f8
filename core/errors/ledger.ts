import type { ErrorKind } from '../errors.ts'

export const ledgerErrors = {
  CLYRA_LEDGER_UNAVAILABLE: { http: 503, retryable: true, remedy: 'Check that the store is up: `clyra status`.' },
  CLYRA_LEDGER_CONTENTION: { http: 503, retryable: true, remedy: 'Try again; many writers append to one stream.' },
  CLYRA_LEDGER_INVALID_BODY: { http: 500, retryable: false, remedy: 'A receipt does not fit its schema; report it.' },
  CLYRA_LEDGER_PAYLOAD_GONE: {
    http: 410,
    retryable: false,
    remedy: 'The payload was destroyed when the change closed; ask for the change again.',
  },
  CLYRA_LEDGER_NOT_FOUND: { http: 404, retryable: false, remedy: 'Check the key id, stream or size; nothing is stored under it.' },
  CLYRA_LEDGER_CONFLICT: {
    http: 409,
    retryable: false,
    remedy: 'Something else is stored there already and stays; read it and decide again.',
  },
  CLYRA_LEDGER_BAD_KEY: { http: 400, retryable: false, remedy: 'Enroll a P-256 public key, as `clyra approver enroll` makes it.' },
  CLYRA_LEDGER_CORRUPT: { http: 500, retryable: false, remedy: 'Stop, keep the store as it is, and compare it with sealed evidence.' },
} satisfies Record<string, ErrorKind>
