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
  CLYRA_LEDGER_CORRUPT: { http: 500, retryable: false, remedy: 'Stop, keep the store as it is, and compare it with sealed evidence.' },
} satisfies Record<string, ErrorKind>
