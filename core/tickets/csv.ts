// A ticket as CSV (RFC 4180). Spreadsheets run cells that begin like a formula, and requesters write reasons.
import type { TicketRequest } from '../ports.ts'
import { controlLines, ticketFacts } from './facts.ts'

/** Header and one row, CRLF ends each. Formulas are defused by a leading apostrophe. */
export function csvTicket(request: TicketRequest): string {
  const facts = [...ticketFacts(request), { field: 'controls', value: controlLines(request).join('; ') }]
  return `${facts.map(({ field }) => field).join(',')}\r\n${facts.map(({ value }) => cell(value)).join(',')}\r\n`
}

function cell(value: string): string {
  const harmless = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
