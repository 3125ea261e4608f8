import type { ErrorKind } from '../errors.ts'

export const approvalErrors = {
  CLYRA_APPROVAL_SELF: { http: 409, retryable: false, remedy: 'Let a person who did not ask for the change decide.' },
  CLYRA_APPROVAL_NOT_OPEN: { http: 409, retryable: false, remedy: 'Read the change; its gate is not open.' },
  CLYRA_APPROVAL_VOID: {
    http: 409,
    retryable: false,
    remedy: 'Look at the change again: its run was reset, earlier decisions are void, and it asks anew.',
  },
  CLYRA_APPROVAL_EXPIRED: { http: 409, retryable: false, remedy: 'Ask for the change again; the deadline has passed.' },
  CLYRA_APPROVAL_NOT_EXPIRED: { http: 409, retryable: true, remedy: 'Wait: the gate is open until the deadline by the store’s clock.' },
  CLYRA_APPROVAL_NOT_ELIGIBLE: { http: 409, retryable: false, remedy: 'Let one of the persons the policy names decide.' },
  CLYRA_APPROVAL_UNKNOWN_KEY: {
    http: 409,
    retryable: false,
    remedy: 'Enroll the key with `clyra approver enroll`, or use one that is not revoked.',
  },
  CLYRA_APPROVAL_BAD_SIGNATURE: { http: 409, retryable: false, remedy: 'Sign the decision again with the enrolled key.' },
  CLYRA_APPROVAL_WRONG_BINDING: { http: 409, retryable: false, remedy: 'Look at the change again and decide on what it shows now.' },
  CLYRA_APPROVAL_MALFORMED: {
    http: 409,
    retryable: false,
    remedy: 'Send a DSSE envelope over a decision statement, as `clyra approve` does.',
  },
  CLYRA_APPROVAL_DUPLICATE: { http: 409, retryable: false, remedy: 'Nothing to do: this person has decided already.' },
  CLYRA_APPROVAL_TOO_MANY: {
    http: 429,
    retryable: false,
    remedy: 'Nothing more is taken from this token for this attempt: let another approver decide.',
  },
  CLYRA_APPROVAL_GRADE: {
    http: 409,
    retryable: false,
    remedy: 'Decide on the page of the change, with company sign-on and your passkey: policy asks for both.',
  },
  CLYRA_APPROVAL_MATCH_CODE: {
    http: 409,
    retryable: false,
    remedy: 'Ask whoever asked for the change for the number he was shown. If he asked for nothing, reject it.',
  },
  CLYRA_APPROVAL_TOO_YOUNG: {
    http: 409,
    retryable: false,
    remedy: 'Let another approver decide: policy does not take a key or passkey that was enrolled so lately.',
  },
  CLYRA_APPROVAL_CERTIFICATE: {
    http: 409,
    retryable: false,
    remedy: 'Ask for the change again: its certificate is not the one that was signed, or was used elsewhere. Report it.',
  },
  CLYRA_APPROVAL_DISPLAY_MISMATCH: {
    http: 409,
    retryable: false,
    remedy: 'Do not approve: what the gateway shows is not what it asks you to sign. Report it.',
  },
  CLYRA_APPROVAL_REJECTED: { http: 409, retryable: false, remedy: 'Read the reason in the decision and ask for another change.' },
  CLYRA_CHANGE_TERMINATED: {
    http: 409,
    retryable: false,
    remedy: 'Its run never began, or ended before the change was sealed; nothing was applied. Ask for it again if it is still wanted.',
  },
  CLYRA_CHANGE_NOT_AMBIGUOUS: { http: 409, retryable: false, remedy: 'Nothing to resolve: read the outcome of the change.' },
  CLYRA_CHANGE_UNRESOLVED: {
    http: 409,
    retryable: false,
    remedy: 'Bring back what the message names, then resolve the change again.',
  },
  CLYRA_CHANGE_CANCELLED: { http: 409, retryable: false, remedy: 'Ask for the change again if it is still wanted.' },
} satisfies Record<string, ErrorKind>
