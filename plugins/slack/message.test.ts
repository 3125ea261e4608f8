import { describe, expect, test } from '@jest/globals'
import type { Notice } from '../../core/ports.ts'
import { noticeFor } from '../../tests/contracts/notifier.ts'
import { faultsOf } from '../../tests/support/slack-blocks.ts'
import { messageOf } from './message.ts'
import { escaped, lines } from './text.ts'

const states: Notice['state'][] = [
  'AWAITING_APPROVAL',
  'APPROVED',
  'ENFORCING',
  'ENFORCED',
  'REJECTED',
  'EXPIRED',
  'CANCELLED',
  'FAILED',
  'AMBIGUOUS',
]

const hostile = [
  '<!channel> <!here> <@U123> <#C123>',
  '<https://evil.example|Open the approver’s page>',
  '*bold* _it_ ~no~ `code` :rotating_light: @everyone',
  '&lt;!channel&gt; & <script>',
  'a\nApprovals\n2 of 2',
  '\u202eevil\u0000\u200b',
  '<'.repeat(9000),
  '&'.repeat(2999),
]

const withEverywhere = (text: string, state: Notice['state']): Notice =>
  noticeFor({
    state,
    code: state === 'FAILED' ? text : null,
    what: text,
    reasons: Array.from({ length: 60 }, () => ({ rule: text, why: text })),
    requesters: Array.from({ length: 40 }, () => text),
    claimed_for: [text],
    eligible_approvers: Array.from({ length: 500 }, () => text),
    approved_by: Array.from({ length: 20 }, () => text),
    rejected_by: text,
  })

describe('a message', () => {
  test.each(states.flatMap((state) => hostile.map((text) => [state, text.slice(0, 40), text] as const)))(
    '%s keeps Slack’s limits and its own words: %s',
    (state, _name, text) => {
      const message = messageOf(withEverywhere(text, state), true)
      expect(faultsOf(message)).toEqual([])
      expect(faultsOf(messageOf(withEverywhere(text, state), false))).toEqual([])
      const plain = message.blocks.flatMap((block) => JSON.stringify(block).match(/"type":"plain_text","text":"(?:[^"\\]|\\.)*"/g) ?? [])
      for (const part of plain) expect(part).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/)
      expect(message.text).toMatch(/^Change on shop [a-z ,:]+: chg_a{26}$/)
    },
  )

  test('tells who asked from who is only claimed', () => {
    const shown = (claimed_for: string[]) =>
      JSON.stringify(messageOf(noticeFor({ requesters: ['airflow', 'dee@shop.example'], claimed_for }), true).blocks)
    expect(shown(['dee@shop.example'])).toMatch(/Asked by\\nairflow".*Claimed for\\ndee@shop\.example"/)
    expect(shown([])).toContain('Asked by\\nairflow\\ndee@shop.example')
  })

  test('nothing that came from outside can add a line of its own', () => {
    const { blocks } = messageOf(noticeFor({ requesters: ['ana\nApprovals\n2 of 2'] }), true)
    expect(JSON.stringify(blocks)).toContain('ana⟨U+A⟩Approvals'.replace('U+A', 'U+000A'))
  })

  test.each([true, false])('the page is linked while decisions are asked for, and not afterwards; clickable: %s', (clickable) => {
    const linked = states.filter((state) => JSON.stringify(messageOf(noticeFor({ state }), clickable)).includes('/approve/'))
    expect(linked).toEqual(['AWAITING_APPROVAL'])
  })

  test('it can be denied while it waits and where clicks come back, and approved nowhere', () => {
    const actionsIn = (state: Notice['state'], clickable: boolean) =>
      [...JSON.stringify(messageOf(noticeFor({ state, attempt: 2 }), clickable)).matchAll(/"action_id":"([^"]+)"|"value":"([^"]+)"/g)].map(
        ([, action, value]) => action ?? value,
      )
    expect(actionsIn('AWAITING_APPROVAL', true)).toEqual(['clyra_open', 'clyra_deny', `chg_${'a'.repeat(26)}/2`])
    expect(actionsIn('AWAITING_APPROVAL', false)).toEqual([])
    for (const state of states.slice(1)) expect([state, actionsIn(state, true)]).toEqual([state, []])
  })

  test.each([true, false])('an address cannot leave its link; clickable: %s', (clickable) => {
    const message = messageOf(noticeFor({ url: 'http://localhost:7410/approve/x>|<!channel> y' }), clickable)
    expect(faultsOf(message)).toEqual([])
    expect(JSON.stringify(message)).not.toContain('<!channel>')
  })

  test('it says who decided and how it ended', () => {
    const approved = JSON.stringify(messageOf(noticeFor({ state: 'ENFORCED', approved_by: ['ben@shop.example'], quorum: 1 }), true))
    expect(approved).toContain('was applied')
    expect(approved).toContain('1 of 1\\nben@shop.example')
    const failed = JSON.stringify(messageOf(noticeFor({ state: 'FAILED', code: 'CLYRA_ENFORCE_FROZEN', estimated_rows: null }), true))
    expect(failed).toContain('CLYRA_ENFORCE_FROZEN')
    expect(failed).toContain('unknown')
  })

  test('the schema of the limits would notice', () => {
    const message = messageOf(noticeFor(), true)
    expect(faultsOf(message)).toEqual([])
    expect(faultsOf({ ...message, blocks: Array(51).fill(message.blocks[0]) })).not.toEqual([])
    expect(
      faultsOf({ ...message, blocks: [{ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(151), emoji: false } }] }),
    ).not.toEqual([])
    expect(faultsOf({ ...message, blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'hello', verbatim: true } }] })).not.toEqual([])
  })
})

describe('text', () => {
  test('is cut between characters and never inside an entity', () => {
    expect(escaped('a<b', 20)).toBe('a&lt;b')
    expect(escaped('<<<<<', 10)).toBe('&lt;&lt; …')
    expect(escaped('😀😀😀', 5)).toBe('😀 …')
  })

  test('lines that do not fit are counted', () => {
    expect(lines(['a', 'b'], 10, 5)).toBe('a\nb')
    expect(lines(['aaaa', 'bbbb', 'cccc', 'dddd'], 18, 5)).toBe('aaaa\n… and 3 more')
    expect(lines([], 10, 5)).toBe('')
  })
})
