// Slack's limits of a message, as docs.slack.dev/reference/block-kit has them: the emulator takes anything.
import { Ajv2020 } from 'ajv/dist/2020.js'

const plain = (maxLength: number) => ({
  type: 'object',
  required: ['type', 'text', 'emoji'],
  additionalProperties: false,
  properties: { type: { const: 'plain_text' }, text: { type: 'string', minLength: 1, maxLength }, emoji: { const: false } },
})

// Formatted text is ours alone: one link to the approver's page.
const link = {
  type: 'object',
  required: ['type', 'text', 'verbatim'],
  additionalProperties: false,
  properties: {
    type: { const: 'mrkdwn' },
    text: { type: 'string', maxLength: 3000, pattern: '^<http://localhost:7410/approve/[^<>| ]+\\|Open the approver’s page>$' },
    verbatim: { const: true },
  },
}

const exactly = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
})
const button = { const: 'button' }
const danger = { const: 'danger' }

// Two buttons: one opens the page, one denies after it has asked. No other value than what the button is about.
const buttons = {
  type: 'array',
  minItems: 2,
  maxItems: 2,
  prefixItems: [
    exactly({
      type: button,
      action_id: { const: 'clyra_open' },
      text: plain(75),
      url: { type: 'string', maxLength: 3000, pattern: '^http://localhost:7410/approve/[^<>| ]+$' },
    }),
    exactly({
      type: button,
      action_id: { const: 'clyra_deny' },
      text: plain(75),
      style: danger,
      value: { type: 'string', pattern: '^chg_[a-z2-7]{26}/[0-9]+$' },
      confirm: exactly({ title: plain(100), text: plain(300), confirm: plain(30), deny: plain(30), style: danger }),
    }),
  ],
}

const block = (type: string, required: string, shape: object) => ({
  type: 'object',
  required: ['type', required],
  additionalProperties: false,
  properties: { type: { const: type }, [required]: shape },
})

const message = {
  type: 'object',
  required: ['text', 'blocks'],
  additionalProperties: false,
  properties: {
    text: { type: 'string', minLength: 1, maxLength: 4000 },
    blocks: {
      type: 'array',
      minItems: 1,
      maxItems: 50,
      items: {
        oneOf: [
          block('header', 'text', plain(150)),
          block('section', 'text', { oneOf: [plain(3000), link] }),
          block('section', 'fields', { type: 'array', minItems: 1, maxItems: 10, items: plain(2000) }),
          block('actions', 'elements', buttons),
          block('context', 'elements', { type: 'array', minItems: 1, maxItems: 10, items: plain(3000) }),
        ],
      },
    },
  },
}

const judge = new Ajv2020({ allErrors: true }).compile(message)

/** What of a message Slack would refuse, or we would not send. */
export const faultsOf = (sent: unknown): string[] =>
  judge(sent) ? [] : (judge.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
