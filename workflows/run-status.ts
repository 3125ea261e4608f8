// What an operator sees of a run in the Temporal UI: current details, and search attributes that are upserted in batches.

import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common'
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow'
import type { Judged, Listened } from '../core/stages.ts'

const key = {
  status: defineSearchAttributeKey('ClyraStatus', 'KEYWORD'),
  decision: defineSearchAttributeKey('ClyraDecision', 'KEYWORD'),
  approvers: defineSearchAttributeKey('ClyraApprovers', 'KEYWORD_LIST'),
  deadline: defineSearchAttributeKey('ClyraApprovalDeadline', 'DATETIME'),
} as const

export interface Facts {
  change_id: string
  listened?: Listened
  judged?: Judged
  approvers: string[]
  note?: string
}

/** Collects what changed; nothing is sent before `flush`, since each upsert is an event. */
export function runStatus() {
  let dirty: SearchAttributePair[] = []
  const set = (pair: SearchAttributePair) => {
    dirty = [...dirty.filter((other) => other.key.name !== pair.key.name), pair]
  }
  return {
    enter(state: string, facts: Facts): void {
      set({ key: key.status, value: state })
      if (facts.judged) set({ key: key.decision, value: facts.judged.outcome })
      if (facts.judged?.deadline) set({ key: key.deadline, value: new Date(facts.judged.deadline) })
      if (facts.approvers.length > 0) set({ key: key.approvers, value: facts.approvers })
      setCurrentDetails(details(state, facts))
    },
    flush(): void {
      if (dirty.length > 0) upsertSearchAttributes(dirty)
      dirty = []
    },
  }
}

function details(state: string, { change_id, listened, judged, approvers, note }: Facts): string {
  const rows = [
    ['state', `**${state}**`],
    ['change', change_id],
    listened && ['target', `${listened.target} (${listened.mode})`],
    listened && ['requester', `${listened.requester}, from ${listened.source}`],
    judged && ['verdict', `${judged.outcome}: ${judged.rules.join(', ')}`],
    judged && ['what', judged.summary],
    judged?.deadline && ['decide until', judged.deadline],
    judged &&
      judged.quorum > 0 && [
        'approvals',
        `${approvers.length} of ${judged.quorum}${approvers.length > 0 ? `: ${approvers.join(', ')}` : ''}`,
      ],
    note && ['note', note],
  ].filter((row): row is [string, string] => Array.isArray(row))
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`)].join('\n')
}
