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
