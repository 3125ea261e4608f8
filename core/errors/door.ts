import type { ErrorKind } from '../errors.ts'

export const doorErrors = {
  CLYRA_DOOR_SIGNED_OUT: { http: 401, retryable: false, remedy: 'Sign in with your passkey, then do it again.' },
  CLYRA_DOOR_REFUSED: {
    http: 401,
    retryable: false,
    remedy: 'Go back to where you came from and try again; if it is refused again, ask an administrator, who sees why.',
  },
  CLYRA_DOOR_LOCKED: {
    http: 429,
    retryable: true,
    remedy: 'Wait ten minutes. If it was not you who asked to sign on, tell an administrator: somebody may be wearing you down.',
  },
  CLYRA_DOOR_ORIGIN: {
    http: 403,
    retryable: false,
    remedy: 'Use the pages of the approver’s door itself; where it is reached under another address, set `door.origin` in clyra.yaml.',
  },
} satisfies Record<string, ErrorKind>
