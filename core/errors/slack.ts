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
    remedy: 'Give the bot token of an installed app with the scope chat:write where clyra.yaml says, and restart the gateway.',
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
} satisfies Record<string, ErrorKind>
