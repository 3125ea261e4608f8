// The body of `POST /api/sn_chg_rest/v1/change/normal` (ServiceNow Change Management API).
import type { TicketRequest } from '../ports.ts'
import { controlLines, headline, ticketFacts } from './facts.ts'

/** Fields of change_request. The caller looks for `correlation_id` first: the API has no idempotency key. */
export interface ServiceNowChange {
  correlation_id: string
  correlation_display: 'Clyra'
  short_description: string
  description: string
  justification: string
  implementation_plan: string
  backout_plan: string
  test_plan: string
}

const maxShort = 160
const maxLong = 4000

/** The payload; texts are cut to what the columns hold. */
export const serviceNowChange = (request: TicketRequest): ServiceNowChange => ({
  correlation_id: request.bundle_id,
  correlation_display: 'Clyra',
  short_description: cut(headline(request), maxShort),
  description: cut(
    ticketFacts(request)
      .map(({ label, value }) => `${label}: ${value}`)
      .join('\n'),
    maxLong,
  ),
  justification: cut(request.reason, maxLong),
  implementation_plan: cut(
    `Carried out by Clyra, not by hand: ${request.outcome}. Check it with: ${request.verify_command}\n\nSOX change control:\n${controlLines(request).join('\n')}`,
    maxLong,
  ),
  backout_plan: 'Not judged by Clyra.',
  test_plan: 'Not judged by Clyra.',
})

/** Cuts by code points, so that no surrogate pair is split. */
function cut(text: string, length: number): string {
  const points = Array.from(text)
  return points.length <= length ? text : `${points.slice(0, length - 1).join('')}…`
}
