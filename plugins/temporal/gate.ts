// The gate of a governed activity: nothing of it runs unless the log itself says that its change may be made now.
import { AsyncLocalStorage } from 'node:async_hooks'
import { hash } from 'node:crypto'
import type { ApplicationFailure } from '@temporalio/common'
import type { Json } from '../../core/canonical.ts'
import { ClyraError } from '../../core/errors.ts'
import type { Api } from './api.ts'
import { type Changes, requestOf, source } from './changes.ts'
import { failureOf } from './failures.ts'
import type { LogKey } from './log-key.ts'
import { type Permit, permitOf } from './permit.ts'
import { currentSite } from './site.ts'
import { siteKeyOf } from './site-key.ts'
import { verifiedReceipts } from './stream.ts'

/** What the plugin hands every activity of its worker. */
export interface Passage {
  api: Api
  changes: Changes
  log: LogKey
  /** As the workflow's header has it: a claim. */
  changeId: string | null
  /** Set once the gate has let the activity through. */
  permit?: Permit
}

/** Of the current activity; what runs elsewhere has none. */
export const passages = new AsyncLocalStorage<Passage>()

/** Which change an activity is governed by. */
export interface Mark<A extends unknown[]> {
  /** Its name in the worker's `changes`. */
  change: string
  /** The arguments the change was asked for with, from those of the activity. */
  args: (...activityArgs: A) => Json
}

/**
 * The activity, behind the gate: it runs only while the change of this name and these arguments, asked for by this very workflow, is in
 * its caller's hands by receipts that the log signed, or was observed in review. Otherwise ApplicationFailure ClyraNotGoverned with
 * {code}, never retried, and nothing ran; ClyraUnreachable, to be tried again, when Clyra or Temporal does not answer.
 */
export function governed<A extends unknown[], R>(activity: (...args: A) => Promise<R>, mark: Mark<A>): (...args: A) => Promise<R> {
  return async (...args) => {
    const passage = passages.getStore()
    const permit = await admit(passage, mark.change, () => mark.args(...args))
    return passages.run({ ...(passage as Passage), permit }, () => activity(...args))
  }
}

async function admit(passage: Passage | undefined, name: string, args: () => Json): Promise<Permit> {
  try {
    if (passage === undefined) throw new ClyraError('CLYRA_TEMPORAL_NO_GATE', 'expected a worker with ClyraPlugin, found one without')
    return await examine(passage, name, argsOf(args))
  } catch (error) {
    throw notGoverned(error)
  }
}

// What a mark throws may hold a value: it is not repeated.
function argsOf(args: () => Json): Json {
  try {
    return args()
  } catch {
    throw new ClyraError('CLYRA_TEMPORAL_CHANGE', 'expected the mark to give the arguments of its change, found that it throws')
  }
}

async function examine({ api, changes, log, changeId }: Passage, name: string, args: Json): Promise<Permit> {
  if (changeId === null) throw new ClyraError('CLYRA_TEMPORAL_NO_CHANGE', 'expected the header of a change, found none')
  const { target, role = 'dml', revision = 1, statements } = requestOf(changes, { name, args, executor: 'caller' })
  const siteKey = siteKeyOf(await currentSite(), name, args)
  const expected = {
    change_id: changeId,
    site_key_digest: `sha256:${hash('sha256', siteKey, 'hex')}`,
    source,
    target,
    role,
    revision,
    statements: statements.length,
  }
  return permitOf(verifiedReceipts(await api.receipts(changeId), changeId, log), expected, Date.now())
}

/** Any error of the gate as the failure of the activity. */
export const notGoverned = (error: unknown): ApplicationFailure => failureOf(error, 'ClyraNotGoverned')

/** The passage of the current activity, once the gate let it through. CLYRA_TEMPORAL_NO_GATE elsewhere. */
export function currentPassage(): Passage & { permit: Permit } {
  const passage = passages.getStore()
  if (passage?.permit === undefined) throw new ClyraError('CLYRA_TEMPORAL_NO_GATE', 'expected a governed activity, found another')
  return { ...passage, permit: passage.permit }
}
