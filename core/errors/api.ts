import type { ErrorKind } from '../errors.ts'

export const apiErrors = {
  CLYRA_INTERNAL: {
    http: 500,
    retryable: true,
    remedy: 'Try again; if it happens twice, read the gateway log for the request id and report it.',
  },
  CLYRA_API_INVALID: { http: 400, retryable: false, remedy: 'Mend every place named in errors and send the request again.' },
  CLYRA_API_UNAUTHENTICATED: { http: 401, retryable: false, remedy: 'Send a valid bearer token: --token-file or CLYRA_TOKEN.' },
  CLYRA_API_FORBIDDEN: { http: 403, retryable: false, remedy: 'Use a token that has the role named in the message.' },
  CLYRA_API_NOT_FOUND: { http: 404, retryable: false, remedy: 'Check the id; `clyra change list` shows the changes of your tenant.' },
  CLYRA_API_METHOD: { http: 405, retryable: false, remedy: 'Use a method that the Allow header names.' },
  CLYRA_API_BUSY: { http: 503, retryable: true, remedy: 'Wait as long as Retry-After says, then try again.' },
  CLYRA_API_UNREACHABLE: { http: 503, retryable: true, remedy: 'Start the stack with `clyra up`, or check the gateway address.' },
  CLYRA_API_TOO_LARGE: { http: 413, retryable: false, remedy: 'Send a smaller body; the limit stands in the message.' },
  CLYRA_API_MEDIA_TYPE: { http: 415, retryable: false, remedy: 'Send the body as application/json.' },
} satisfies Record<string, ErrorKind>
