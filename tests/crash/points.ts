// Where a change stands when something is killed: found from outside, at the messages the worker sends to its databases.
import type { Hold, Moment } from '../support/holds.ts'
import { until } from '../support/kill.ts'
import { holding, warehouseUrl } from '../support/locks.ts'
import type { TestStack } from '../support/stack.ts'

export type Stage = 'listen' | 'policy' | 'approval' | 'enforce' | 'record' | 'bundle' | 'attest' | 'ticket'

/** A message to stop at: the texts it holds, to which database, before it is passed on or before its answer is. */
interface Place {
  texts: readonly string[]
  moment: Moment
  base?: 'store' | 'warehouse'
}

export interface Point {
  stage: Stage
  where: string
  /** Passed in this order; the last one is where it stands. None: it waits by itself, or for a lock. */
  places: readonly Place[]
  /** Kind of the last receipt in the stream. */
  last: string | null
  /** Whether its evidence file is there, and sealed by a receipt of the tenant's log. */
  evidence?: 'written' | 'sealed'
  /** In the warehouse's guard: it was committed. */
  applied?: boolean
  change?: 'large' | 'denied'
  decided?: true
  /** Held by a lock of somebody else's on its row. */
  locked?: true
  /** Its transaction is open: a warehouse that dies now has lost it, and the attempt may be proved not applied. */
  open?: true
}

const append = (key: string, moment: Moment): Place => ({ texts: ['move_head', key], moment })
const asks = (statement: string): Place => ({ texts: [statement], moment: 'before' })
const takes = (moment: Moment): Place => ({ texts: ['claim_single_use', 'certificate'], moment })
const commit = (moment: Moment): Place => ({ texts: ['\0commit\0'], moment, base: 'warehouse' })

/** The stage was called and has asked nothing yet. The last stage comes first: who stands late must not be passed by who stands early. */
export const before: readonly Point[] = [
  {
    stage: 'ticket',
    where: 'called',
    places: [append('attestation:1', 'before'), asks('change_by_id')],
    last: 'attestation',
    evidence: 'sealed',
  },
  { stage: 'attest', where: 'called', places: [asks('seal_change'), asks('change_by_id')], last: 'recorded', evidence: 'sealed' },
  {
    stage: 'bundle',
    where: 'called',
    places: [append('recorded:1:end', 'before'), asks('read_now')],
    last: 'recorded',
  },
  { stage: 'record', where: 'called', places: [append('outcome:1', 'before'), asks('read_now')], last: 'outcome', applied: true },
  { stage: 'enforce', where: 'called', places: [append('verdict:1', 'before'), asks('read_now')], last: 'verdict' },
  { stage: 'approval', where: 'nobody decided yet', places: [], last: 'verdict', change: 'large' },
  { stage: 'policy', where: 'called', places: [append('change:1', 'before'), asks('read_now')], last: 'change' },
  { stage: 'listen', where: 'called', places: [asks('change_by_id')], last: null },
]

/** The stage has done its work and its receipt is on the way; it never arrives. */
export const during: readonly Point[] = [
  { stage: 'ticket', where: 'ticket opened', places: [append('ticket:1', 'before')], last: 'attestation', evidence: 'sealed' },
  { stage: 'attest', where: 'attestation in the file', places: [append('attestation:1', 'before')], last: 'recorded', evidence: 'sealed' },
  { stage: 'bundle', where: 'file written, not sealed', places: [append('bundle:', 'before')], last: 'recorded', evidence: 'written' },
  { stage: 'record', where: 'outcome known', places: [append('recorded:1:end', 'before')], last: 'outcome', applied: true },
  { stage: 'record', where: 'denied', places: [append('recorded:1:end', 'before')], last: 'verdict', change: 'denied' },
  { stage: 'enforce', where: 'COMMIT without an answer', places: [commit('after')], last: 'attempt', applied: true },
  { stage: 'enforce', where: 'COMMIT not sent', places: [commit('before')], last: 'attempt', open: true },
  { stage: 'enforce', where: 'the statement waits for a row', places: [], last: 'attempt', locked: true, open: true },
  { stage: 'enforce', where: 'authorised', places: [append('attempt:1', 'before')], last: 'verdict' },
  {
    stage: 'approval',
    where: 'decision verified',
    places: [append('decision:1', 'before')],
    last: 'verdict',
    change: 'large',
    decided: true,
  },
  { stage: 'policy', where: 'judged', places: [append('verdict:1', 'before')], last: 'change' },
  { stage: 'listen', where: 'request taken up', places: [append('change:1', 'before')], last: null },
]

/** Between the certificate that was verified and what it allows. */
export const taking: readonly Point[] = [
  {
    stage: 'enforce',
    where: 'certificate not taken',
    places: [takes('before')],
    last: 'approval_certificate',
    change: 'large',
    decided: true,
  },
  { stage: 'enforce', where: 'certificate taken', places: [takes('after')], last: 'approval_certificate', change: 'large', decided: true },
  {
    stage: 'enforce',
    where: 'certificate taken, not entered',
    places: [{ texts: ['clyra_guard.enter'], moment: 'before', base: 'warehouse' }],
    last: 'attempt',
    change: 'large',
    decided: true,
    open: true,
  },
]

/** The stage's receipt is committed; the worker has not heard of it. */
export const after: readonly Point[] = [
  { stage: 'ticket', where: 'receipt written', places: [append('ticket:1', 'after')], last: 'ticket', evidence: 'sealed' },
  { stage: 'attest', where: 'receipt written', places: [append('attestation:1', 'after')], last: 'attestation', evidence: 'sealed' },
  { stage: 'bundle', where: 'sealed', places: [append('bundle:', 'after')], last: 'recorded', evidence: 'sealed' },
  { stage: 'record', where: 'receipt written', places: [append('recorded:1:end', 'after')], last: 'recorded', applied: true },
  { stage: 'record', where: 'denied', places: [append('recorded:1:end', 'after')], last: 'recorded', change: 'denied' },
  { stage: 'enforce', where: 'receipt written', places: [append('outcome:1', 'after')], last: 'outcome', applied: true },
  {
    stage: 'approval',
    where: 'certified',
    places: [append('decision:1', 'after')],
    last: 'approval_certificate',
    change: 'large',
    decided: true,
  },
  { stage: 'policy', where: 'receipt written', places: [append('verdict:1', 'after')], last: 'verdict' },
  { stage: 'listen', where: 'receipt written', places: [append('change:1', 'after')], last: 'change' },
]

/** A change that stands still. */
export interface Standing {
  /** Lets it go on. */
  release(): Promise<void>
  /** Drops what it had sent and what it would have been answered. */
  cut(): Promise<void>
}

/** Stops a change at a point; `begin` submits it and answers its id. */
export async function stopAt(
  stack: TestStack,
  point: Point,
  order: number,
  begin: () => Promise<string>,
): Promise<Standing & { id: string }> {
  if (point.locked) {
    const free = await holding(warehouseUrl(stack), `select from shop.orders where order_id = ${order} for update`)
    const id = await begin()
    await until(async () => (await lockWaits(stack)) === 1)
    return { id, release: free, cut: free }
  }
  let last: Hold | null = null
  let id = ''
  for (const place of point.places) {
    const next = arm(stack, place, last === null ? [] : [id])
    if (last === null) id = await begin()
    last?.release()
    last = next
    await next.reached
  }
  if (last === null) id = await begin()
  return { id, release: async () => last?.release(), cut: async () => last?.cut() }
}

function arm(stack: TestStack, { texts, moment, base = 'store' }: Place, about: string[]): Hold {
  if (stack.lines === null) throw new Error('expected a stack with lines')
  return stack.lines[base].hold([...texts, ...about], moment)
}

const lockWaits = async ({ story }: TestStack): Promise<number> =>
  (await story.warehouse(`select from pg_stat_activity where usename = 'clyra_dml' and wait_event_type = 'Lock'`)).length
