import type { ErrorKind } from '../errors.ts'

export const slackErrors = {
  CLYRA_SLACK_UNREACHABLE: {
    http: 502,
    retryable: true,
    remedy: 'Slack does not take messages now; they follow when it does, and approvers decide meanwhile as ever.',
  },
  CLYRA_SLACK_BUSY: {
    http: 503,
    retryable: true,
    remedy: 'Slack limits the rate of messages; they follow when its time is over.',
  },
  CLYRA_SLACK_TOKEN: {
    http: 502,
    retryable: false,
    remedy: 'Give the bot token of an installed app with the scopes of docs/operations.md where clyra.yaml says, and restart the gateway.',
  },
  CLYRA_SLACK_CHANNEL: {
    http: 502,
    retryable: false,
    remedy: 'Give the id of a channel that is not archived in clyra.yaml, and invite the app to it.',
  },
  CLYRA_SLACK_REFUSED: {
    http: 502,
    retryable: false,
    remedy: 'Slack refuses this one message for good; look at the change with `clyra approvals show`.',
  },
  CLYRA_SLACK_OFF: {
    http: 409,
    retryable: false,
    remedy: 'Configure `slack` with its signing_secret, and `sso`, in clyra.yaml, and restart the gateway.',
  },
  CLYRA_SLACK_SIGNATURE: {
    http: 401,
    retryable: false,
    remedy: 'Give the signing secret of the installed app in clyra.yaml; if it is right, somebody else sends to this address.',
  },
  CLYRA_SLACK_STALE: { http: 401, retryable: false, remedy: 'Click again; if it stays so, set the clock of the store right.' },
  CLYRA_SLACK_REPLAY: { http: 401, retryable: false, remedy: 'Nothing to do: this very request was taken before.' },
  CLYRA_SLACK_MALFORMED: {
    http: 400,
    retryable: false,
    remedy: 'Use the buttons of the message itself. Slack opens and denies; approving is done on the page.',
  },
  CLYRA_SLACK_TEAM: {
    http: 403,
    retryable: false,
    remedy: 'Click in the app’s own workspace and channel, as one of its own users; the channel must not be shared with other companies.',
  },
  CLYRA_SLACK_MEMBER: {
    http: 403,
    retryable: false,
    remedy: 'Let a full member of the workspace decide: bots, guests, strangers and deactivated users may not.',
  },
  CLYRA_SLACK_UNLINKED: {
    http: 403,
    retryable: false,
    remedy: 'Have an administrator run `clyra slack link` for this user, and sign on with the address that arrives.',
  },
} satisfies Record<string, ErrorKind>
