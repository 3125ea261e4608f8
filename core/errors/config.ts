import type { ErrorKind } from '../errors.ts'

export const configErrors = {
  CLYRA_CONFIG_INVALID: { http: 500, retryable: false, remedy: 'Mend every place named in the configuration file.' },
  CLYRA_CONFIG_UNKNOWN_TARGET: { http: 404, retryable: false, remedy: 'Use a target of `clyra target list`, or add it to clyra.yaml.' },
  CLYRA_CONFIG_SECRET_MISSING: { http: 500, retryable: false, remedy: 'Create the file or variable the secret reference names.' },
  CLYRA_CONFIG_PART_MISSING: { http: 500, retryable: false, remedy: 'Run `make install`, then `clyra doctor`.' },
  CLYRA_CONFIG_ALREADY_RUNNING: { http: 409, retryable: false, remedy: 'Use the running stack, or stop it with `clyra down`.' },
  CLYRA_CONFIG_START_FAILED: { http: 500, retryable: true, remedy: 'Read the log the message names, then run `clyra doctor`.' },
} satisfies Record<string, ErrorKind>
