import type { ErrorKind } from '../errors.ts'

export const cliErrors = {
  CLYRA_CLI_USAGE: { http: 400, retryable: false, remedy: 'Run the command with --help; it shows the arguments and an example.' },
  CLYRA_CLI_FILE: { http: 400, retryable: false, remedy: 'Check the path and its permissions, then run the command again.' },
  CLYRA_CLI_NOT_CONFIRMED: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was signed or sent. Answer y, or pass --yes where nobody can answer.',
  },
  CLYRA_CLI_NO_SIGN_ON: {
    http: 409,
    retryable: false,
    remedy: 'Nothing was sent. Run the command again, and sign on in a browser of this machine within ten minutes.',
  },
  CLYRA_CLI_BAD_ANSWER: { http: 502, retryable: true, remedy: 'Check that the gateway address names a Clyra gateway of this version.' },
} satisfies Record<string, ErrorKind>
