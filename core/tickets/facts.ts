// What every ticket says, whatever its format: the words are the evidence's, the ticket only points at it.
import type { TicketRequest } from '../ports.ts'

/** One line of a ticket. `field` is its name for machines, `label` for people. */
export interface Fact {
  field: string
  label: string
  value: string
}

/** The facts of a change in the order people read them. */
export const ticketFacts = (request: TicketRequest): Fact[] => [
  fact('change_id', 'Change', request.change_id),
  fact('attempt', 'Attempt', String(request.attempt)),
  fact('tenant', 'Tenant', request.tenant),
  fact('target', 'Target', request.target),
  fact('outcome', 'Outcome', request.outcome),
  fact('reason', 'Reason', request.reason),
  fact('requester', 'Requested by', request.requester),
  fact('approvers', 'Approved by', request.approvers.join(', ') || 'nobody'),
  fact('policy_result', 'Policy result', request.policy.outcome),
  fact('policy_rules', 'Policy rules', request.policy.rules.join(', ') || 'none'),
  fact('policy_id', 'Policy', request.policy.policy_id),
  fact('policy_digest', 'Policy digest', request.policy.policy_digest),
  fact('bundle_id', 'Bundle', request.bundle_id),
  fact('attestation_digest', 'Attestation', request.attestation_digest),
  fact('evidence_file', 'Evidence file', request.evidence_file),
  fact('verify_command', 'Verify with', request.verify_command),
  fact('sealed_at', 'Sealed at', request.sealed_at),
]

/** `CHG-1 satisfied (COBIT 2019 BAI06.01)`, one a control. */
export const controlLines = ({ controls }: TicketRequest): string[] =>
  controls.map(({ control, status, references }) => `${control} ${status} (${references.join(', ')})`)

/** One line that says what this is about. */
export const headline = ({ outcome, target, change_id }: TicketRequest): string => `Data change ${outcome} on ${target}: ${change_id}`

/** First 12 hex digits of the bundle id: enough to find the ticket again. */
export const shortDigest = ({ bundle_id }: TicketRequest): string => bundle_id.replace('sha256:', '').slice(0, 12)

const fact = (field: string, label: string, value: string): Fact => ({ field, label, value })
