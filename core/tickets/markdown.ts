// A ticket as Markdown. Values are text of others: nothing in them may become a heading, a link, a table cell or HTML.
import type { TicketRequest } from '../ports.ts'
import { headline, ticketFacts } from './facts.ts'

/** The ticket as a Markdown page. */
export function markdownTicket(request: TicketRequest): string {
  const facts = ticketFacts(request).map(({ label, value }) => row(label, value))
  const controls = request.controls.map(({ control, status, references }) => row(control, status, references.join(', ')))
  return [
    `# ${plain(headline(request))}`,
    '',
    row('', ''),
    '| --- | --- |',
    ...facts,
    '',
    '## SOX change control',
    '',
    row('Control', 'Status', 'Reference'),
    '| --- | --- | --- |',
    ...controls,
    '',
    'This page repeats what the evidence file says. Only the verify command shows that it holds.',
    '',
  ].join('\n')
}

const row = (...cells: string[]): string => `| ${cells.map(plain).join(' | ')} |`

/** Escapes every ASCII punctuation that Markdown may read (CommonMark §2.4) and joins lines. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[!-/:-@[-`{-~]/g, '\\$&')
