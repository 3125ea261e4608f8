import type { ErrorKind } from '../errors.ts'

export const temporalErrors = {
  CLYRA_TEMPORAL_CHANGE: {
    http: 400,
    retryable: false,
    remedy: 'Register a function of this name in `changes`; it must give the request for these arguments, without throwing.',
  },
  CLYRA_TEMPORAL_LOG: {
    http: 403,
    retryable: false,
    remedy: 'Check `logKey` against the log line of .clyra/trust/log.policy; if it is right, the receipts were altered: keep them.',
  },
  CLYRA_TEMPORAL_NO_CHANGE: {
    http: 403,
    retryable: false,
    remedy: 'Call a governed activity inside the block of `underGrant`.',
  },
  CLYRA_TEMPORAL_NO_GATE: {
    http: 403,
    retryable: false,
    remedy: 'Give the worker the ClyraPlugin; call `grant` inside a governed activity.',
  },
  CLYRA_TEMPORAL_NOT_OPEN: {
    http: 403,
    retryable: false,
    remedy: 'Nobody may do the work now: it was not agreed to, it is over, or its time is. Ask for the change again.',
  },
  CLYRA_TEMPORAL_OTHER_CHANGE: {
    http: 403,
    retryable: false,
    remedy: 'Ask for the change in this workflow, by the name and with the arguments that the governed activity is marked with.',
  },
} satisfies Record<string, ErrorKind>
