// Names and values that cross between gateway, workflow and worker. Metadata only: no payload, no secret.

export const taskQueue = 'clyra'
export const workflowType = 'governedChange'

/** `clyra/<tenant>/<change_id>`: one change, one workflow. */
export const workflowId = (tenant: string, changeId: string): string => `clyra/${tenant}/${changeId}`

export const resolveWorkflowType = 'resolveChange'

/** One look at the warehouse at a time. */
export const resolveWorkflowId = (tenant: string, changeId: string): string => `${workflowId(tenant, changeId)}/resolve`

/** Input of the workflow. Everything that decides is read from the ledger, never from here. */
export interface GovernedChangeInput {
  tenant: string
  change_id: string
  attempt: number
  /** The run before this one was ended from outside: only seal what stands. Ends an attempt as a cancel does, no more. */
  terminated?: true
}

/** A decision on its way in: the approver's signed envelope as a JSON string, and who delivered it. */
export interface DecisionMessage {
  /** Hex SHA-256 of the envelope; also the update id. */
  id: string
  envelope: string
  delivered_by: { actor: string; person: string | null }
}

export interface DecisionReceipt {
  status: 'counted' | 'refused' | 'duplicate'
  code: string | null
  decision_id: string | null
  approvals: number
  quorum: number
}

export interface ChangeState {
  state: string
  outcome: string | null
  approvals: number
  quorum: number
}

/**
 * Update `submitDecision`, signal `decide` (for when no worker is up), query `getState`. Signal `complete`: a caller says that he is
 * done, or what he holds may be void; the run looks for itself.
 */
export const messages = { submitDecision: 'submitDecision', decide: 'decide', complete: 'complete', getState: 'getState' } as const

/** Search attributes an operator filters by; `clyra temporal doctor` checks that they are registered. */
export const searchAttributes = {
  ClyraStatus: 'Keyword',
  ClyraTenant: 'Keyword',
  ClyraTarget: 'Keyword',
  ClyraDecision: 'Keyword',
  ClyraApprovers: 'KeywordList',
  ClyraApprovalDeadline: 'Datetime',
} as const
