// One governed change, from the request to its ticket. Read it top to bottom: the eight stages stand in their order.
// Rules live in core/lifecycle.ts and core/approval.ts; every stage reads the ledger, so nothing here decides by itself.
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common'
import { allHandlersFinished, CancellationScope, condition, isCancellation, setHandler } from '@temporalio/workflow'
import { mayBeAskedAgain, stateOfOutcome } from '../core/lifecycle.ts'
import type { DecisionMessage, DecisionReceipt, GovernedChangeInput } from '../core/messages.ts'
import type { Ended, Enforced, Judged, Recorded, RunRef } from '../core/stages.ts'
import { complete, decide, getState, isMessage, refuseMalformed, submitDecision } from './messages.ts'
import { type Facts, runStatus } from './run-status.ts'
import { localStage, stage } from './stages.ts'

export interface GovernedChangeResult {
  change_id: string
  outcome: Recorded['outcome']
  bundle_id: string
  evidence: string
}

export async function governedChange(input: GovernedChangeInput): Promise<GovernedChangeResult> {
  const run: RunRef = { tenant: input.tenant, change_id: input.change_id, attempt: input.attempt }
  const status = runStatus()
  const facts: Facts = { change_id: input.change_id, approvers: [] }
  const answered = new Map<string, DecisionReceipt>()
  let state = 'OPEN'
  let outcome: string | null = null
  let listened = false
  // A certificate stands, or the gate is void and enforce says so.
  let released = false
  let rejected = false
  // A caller says that he is done.
  let reported = false

  const enter = (next: string, note?: string) => {
    state = next
    if (note !== undefined) facts.note = note
    status.enter(next, facts)
  }

  // A decision is verified and receipted by an activity before it counts here; the same message is answered once.
  const check = async (message: DecisionMessage): Promise<DecisionReceipt> => {
    await condition(() => listened)
    const known = answered.get(message.id)
    if (known) return { ...known, status: 'duplicate' }
    const checked = await localStage('checkDecision', 'verify and record a decision', run, message)
    const { person, decision, certified, voided, ...receipt } = checked
    answered.set(message.id, receipt)
    if (checked.status === 'counted' && decision === 'approve' && person !== null) facts.approvers.push(person)
    if (checked.status === 'counted' && decision === 'reject') rejected = true
    if (certified || voided) released = true
    enter(state, checked.status === 'refused' ? `a decision was refused: ${checked.code}` : facts.note)
    return receipt
  }

  // One after the other: two decisions of one person must see each other. A cancel does not stop one: its sender is owed an answer.
  let queue: Promise<unknown> = Promise.resolve()
  const judge = (message: DecisionMessage): Promise<DecisionReceipt> => {
    const next = queue.then(() => CancellationScope.nonCancellable(() => check(message)))
    queue = next.catch(() => undefined)
    return next
  }

  setHandler(submitDecision, judge, { validator: refuseMalformed, description: 'An approver’s signed decision' })
  setHandler(decide, async (message) => void (isMessage(message) && (await judge(message))), { description: 'The same, without an answer' })
  const report = () => {
    reported = true
  }
  setHandler(complete, report, { description: 'The caller has committed his work' })
  setHandler(getState, () => ({ state, outcome, approvals: facts.approvers.length, quorum: facts.judged?.quorum ?? 0 }))

  // Once; again when the run was reset: then what was decided before is void, and the gate opens anew.
  const untilOutcome = async (): Promise<Ended> => {
    for (;;) {
      const judged = await stage('policy', 'judge the change under policy', run)
      facts.judged = judged
      if (judged.mode === 'review' || judged.outcome === 'deny') return 'verdict'
      if (judged.outcome === 'needs_approval' && !judged.begun) {
        const ended = await approval(judged)
        if (ended !== null) return ended
      }
      enter('ENFORCING')
      status.flush()
      // What releases the gate from here on is for the next one.
      released = false
      const enforced = await enforce(`apply: ${judged.summary}`)
      if (enforced.outcome === 'granted') await callersWork(enforced.wait_ms)
      if (enforced.outcome === 'not_decided') continue
      if (enforced.outcome !== 'decisions_void') return 'enforcement'
      rejected = false
      facts.approvers = []
    }
  }

  const enforce = async (summary: string): Promise<Enforced> => {
    const enforced = await CancellationScope.nonCancellable(() => stage('enforce', summary, run))
    facts.note = noteOf(enforced)
    return enforced
  }

  // Whoever asked does the work himself. His report and a cancel only say when to look; the warehouse says what became of it.
  const callersWork = async (grantedMs: number): Promise<void> => {
    let left = grantedMs
    while (left > 0) {
      enter('ENFORCING', facts.note)
      const withdrawn = await withdrawnBefore(left)
      reported = false
      const seen = await CancellationScope.nonCancellable(() => stage('observe', 'read back what the caller did', run, withdrawn))
      facts.note = noteOf(seen)
      left = seen.wait_ms
    }
  }

  const withdrawnBefore = async (ms: number): Promise<boolean> => {
    try {
      await condition(() => reported, ms, { summary: 'the caller’s time' })
      return false
    } catch (error) {
      if (isCancellation(error)) return true
      throw error
    }
  }

  const approval = async (judged: Judged): Promise<Ended | null> => {
    enter('AWAITING_APPROVAL')
    status.flush()
    await condition(() => released || rejected, judged.wait_ms, { summary: 'approval deadline' })
    // A decision that came in time may still be being written: it counts.
    await queue
    if (!released && !rejected) return 'deadline'
    return rejected && !released ? 'rejection' : null
  }

  // What a terminated run had begun is settled; nobody is asked again.
  const afterTermination = async (): Promise<Ended> => {
    await enforce('settle what the terminated run began')
    return 'termination'
  }

  const untilCancelled = async (): Promise<Ended> => {
    try {
      return await (input.terminated ? afterTermination() : untilOutcome())
    } catch (error) {
      if (isCancellation(error)) return 'cancel'
      throw error
    }
  }

  // listen
  facts.listened = await CancellationScope.nonCancellable(() => localStage('listen', 'take the request up', run))
  listened = true
  enter('OPEN')

  // policy, approval, enforce
  const ended = await untilCancelled()

  return CancellationScope.nonCancellable(async () => {
    // record
    const recorded = await localStage('record', 'record the outcome', run, ended)
    outcome = recorded.outcome
    enter(stateOfOutcome(recorded.outcome))

    // bundle
    status.flush()
    const bundled = await stage('bundle', 'seal the evidence', run)

    // attest
    const attested = await stage('attest', `attest ${bundled.file}`, run)
    enter('ATTESTED', `evidence ${bundled.file}, attested for ${attested.framework}`)

    // ticket
    status.flush()
    const ticket = await stage('ticket', 'open the ticket', run)
    enter('CLOSED', `evidence ${bundled.file}, ticket ${ticket.reference}`)
    status.flush()

    await condition(allHandlersFinished)
    if (mayBeAskedAgain(recorded.outcome)) throw endedFailure(recorded.outcome, input.change_id)
    return { change_id: input.change_id, outcome: recorded.outcome, bundle_id: bundled.bundle_id, evidence: bundled.file }
  })
}

// EXPIRED, CANCELLED and FAILED fail the run, so that the same request may be made again.
const endedFailure = (outcome: string, changeId: string): ApplicationFailure =>
  ApplicationFailure.create({
    type: `CLYRA_CHANGE_${outcome.toUpperCase()}`,
    message: `${changeId} ended ${outcome}; its evidence is sealed`,
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  })

const noteOf = ({ outcome, code, affected_rows }: Enforced): string => {
  if (outcome === 'granted') return 'the caller has the work'
  if (outcome === 'not_decided') return 'the gate is still open'
  if (outcome !== 'enforced') return `${outcome}: ${code}`
  return affected_rows === null ? 'done by the caller under a grant' : `${affected_rows} rows affected`
}
