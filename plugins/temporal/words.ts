// What workflow code and the activities say to each other. No statement, reason or token is among it: all of this stands in a history.
import type { Json } from '../../core/canonical.ts'
import type { ChangeView } from '../../core/generated/types.ts'

/** What a workflow learns of a change. */
export interface ChangeReceipt {
  change_id: string
  mode: ChangeView['mode']
  state: ChangeView['state']
  /** Null while the change is under way. */
  outcome: ChangeView['outcome']
  code: string | null
  affected_rows: number | null
  bundle_id: string | null
  /** File name of the evidence. */
  evidence: string | null
  /** Where a person looks at it, and decides. */
  page: string
}

/** A change by the name it has in the worker's registry. The arguments stand in the history: nothing secret belongs in them. */
export interface Asked {
  name: string
  args: Json
  executor: 'clyra' | 'caller'
}

/** The activities of ClyraPlugin, by the names they have on the worker. */
export interface ClyraActivities {
  clyraAsk(asked: Asked): Promise<ChangeReceipt>
  clyraWait(changeId: string, until: 'grant' | 'end'): Promise<ChangeReceipt>
  clyraComplete(changeId: string): Promise<ChangeReceipt>
  clyraCancel(changeId: string): Promise<ChangeReceipt>
  /** Null when nothing was asked for. */
  clyraCancelAsked(asked: Asked): Promise<ChangeReceipt | null>
}

/** Types of the failures: one for each way a change can end without having been made, and what is no end. */
export type ClyraFailureType =
  | 'ClyraDenied'
  | 'ClyraRejected'
  | 'ClyraExpired'
  | 'ClyraCancelled'
  | 'ClyraFailed'
  | 'ClyraAmbiguous'
  | 'ClyraRefused'
  | 'ClyraNotGoverned'
  | 'ClyraUnreachable'

/** The header in which a governed activity is told under which change it runs. */
export const changeHeader = 'clyra-change'
