// What ClyraPlugin's activities do: ask, wait, report, withdraw. Each may be tried again; the change stays one.
import { Context } from '@temporalio/activity'
import { CancelledFailure } from '@temporalio/common'
import { codeOf } from '../../core/errors.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { type Access, type Api, controlApi } from './api.ts'
import { type Changes, requestOf } from './changes.ts'
import { endFailure, failureOf } from './failures.ts'
import { currentSite, workflowIsOver } from './site.ts'
import { siteKeyOf } from './site-key.ts'
import type { Asked, ChangeReceipt, ClyraActivities } from './words.ts'

const heartbeatMs = 5_000
const lookAgainMs = 1_000

/** The activities, for the worker's `activities`. ClyraPlugin brings them. They fail with ApplicationFailure, its type a ClyraFailureType. */
export function clyraActivities({ changes, ...access }: Access & { changes: Changes }): ClyraActivities {
  const api = controlApi(access)
  return {
    clyraAsk: (asked) => plainly(async () => made(await ask(api, changes, asked))),
    clyraWait: (changeId, until) => attended(async () => made(await untilReached(api, changeId, until))),
    clyraComplete: (changeId) =>
      attended(async () => {
        await report(api, changeId)
        return made(await untilReached(api, changeId, 'end'))
      }),
    // However it ends: that is what is asked.
    clyraCancel: (changeId) => attended(async () => receiptOf(await withdrawn(api, changeId))),
    clyraCancelAsked: (asked) =>
      attended(async () => {
        const found = await find(api, changes, asked)
        return found === null ? null : receiptOf(await withdrawn(api, found.change_id))
      }),
  }
}

async function ask(api: Api, changes: Changes, asked: Asked): Promise<ChangeView> {
  return api.submit(...(await sentFor(changes, asked)))
}

async function sentFor(changes: Changes, asked: Asked): Promise<[ChangeRequest, string]> {
  const request = requestOf(changes, asked)
  return [request, siteKeyOf(await currentSite(), asked.name, asked.args)]
}

// A request whose sender was cut off may still be on its way: not there at the first look is not yet never asked for.
async function find(api: Api, changes: Changes, asked: Asked): Promise<ChangeView | null> {
  const sent = await sentFor(changes, asked)
  const found = await arrived(api, sent)
  if (found !== null) return found
  // Not the context's sleep: a worker that shuts down would end it as if this, too, had been cancelled.
  await new Promise((resolve) => setTimeout(resolve, lookAgainMs))
  return arrived(api, sent)
}

async function arrived(api: Api, sent: [ChangeRequest, string]): Promise<ChangeView | null> {
  try {
    return await api.find(...sent)
  } catch (error) {
    if (codeOf(error) === 'CLYRA_API_NOT_FOUND') return null
    throw error
  }
}

// Cancelled, it withdraws the change and answers with the end. A worker that shuts down withdraws nothing: the next one goes on.
async function untilReached(api: Api, changeId: string, until: 'grant' | 'end'): Promise<ChangeView> {
  const { cancellationSignal } = Context.current()
  const first = await api.change(changeId)
  try {
    return await follow(api, first, until, cancellationSignal)
  } catch (error) {
    if (!cancellationSignal.aborted || !(await isWithdrawal())) throw error
    const end = await withdrawn(api, changeId, first.attempt)
    if (end.outcome === 'cancelled' || end.attempt !== first.attempt) throw new CancelledFailure(`change ${changeId} was withdrawn`)
    return end
  }
}

async function follow(api: Api, first: ChangeView, until: 'grant' | 'end', signal: AbortSignal): Promise<ChangeView> {
  let view = first
  while (!reached(view, until)) view = await api.poll(view.change_id, view.version, signal)
  return view
}

const reached = ({ state, outcome }: ChangeView, until: 'grant' | 'end'): boolean =>
  state === 'CLOSED' || (until === 'grant' && state === 'ENFORCING' && outcome === null)

async function isWithdrawal(): Promise<boolean> {
  const { cancellationDetails } = Context.current()
  if (cancellationDetails?.cancelRequested) return true
  // Terminated, or this try of the activity was given up and another one waits: only the first leaves nobody waiting.
  return cancellationDetails?.notFound === true && (await workflowIsOver())
}

// Nobody reported, or nothing was committed under the grant: then it is withdrawn, so that it ends now. The warehouse says how.
async function report(api: Api, changeId: string): Promise<void> {
  try {
    await api.complete(changeId)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'CLYRA_GRANT_NOT_REDEEMED') await api.cancel(changeId, 'its workflow went on without having redeemed a grant')
    else if (code !== 'CLYRA_GRANT_NOT_OPEN') throw error
  }
}

// An attempt made since by somebody else is not withdrawn with the one before it.
async function withdrawn(api: Api, changeId: string, attempt?: number): Promise<ChangeView> {
  const now = await api.change(changeId)
  if (now.state === 'CLOSED' || (attempt !== undefined && now.attempt !== attempt)) return now
  const asked = await api.cancel(changeId, 'its workflow was cancelled or failed')
  return follow(api, asked, 'end', new AbortController().signal)
}

const receiptOf = ({ change_id, mode, state, outcome, code, affected_rows, bundle_id, evidence, links }: ChangeView): ChangeReceipt => ({
  change_id,
  mode,
  state,
  outcome,
  code,
  affected_rows,
  bundle_id,
  evidence,
  page: links.page,
})

function made(view: ChangeView): ChangeReceipt {
  const receipt = receiptOf(view)
  const failure = view.state === 'CLOSED' ? endFailure(receipt) : null
  if (failure !== null) throw failure
  return receipt
}

async function plainly<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CancelledFailure) throw error
    throw failureOf(error, 'ClyraRefused')
  }
}

// As long as it works it says so: then a cancellation reaches it, and a worker that died is noticed.
async function attended<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current()
  const beat = setInterval(() => context.heartbeat(), heartbeatMs)
  try {
    return await plainly(work)
  } finally {
    clearInterval(beat)
  }
}
