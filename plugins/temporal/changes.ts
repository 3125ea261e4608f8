// The worker's own registry of changes: workflow code names one, the worker knows what it says.
import { ClyraError } from '../../core/errors.ts'
import type { ChangeRequest } from '../../core/generated/types.ts'
import type { Asked } from './words.ts'

/** A change as the registry gives it; who does the work and where it comes from is not for it to say. */
export type ChangeTemplate = Omit<ChangeRequest, 'kind' | 'source' | 'executor' | 'late'>

/**
 * Functions by name. Each gives the same template for the same arguments, whenever and on whichever worker it is called: what it gives is
 * what the change is, and a retry that says something else asks for another change.
 */
export type Changes = Readonly<Record<string, (args: never) => ChangeTemplate>>

/** What changes of this adapter say they come from. */
export const source = 'temporal'

/** CLYRA_TEMPORAL_CHANGE when there is no function of that name, or it throws. What it threw may hold a value: it is not repeated. */
export function requestOf(changes: Changes, { name, args, executor }: Asked): ChangeRequest {
  const template = Object.hasOwn(changes, name) ? changes[name] : undefined
  if (template === undefined)
    throw new ClyraError('CLYRA_TEMPORAL_CHANGE', 'expected a registered change of the name asked for, found none')
  try {
    return { ...template(args as never), kind: 'sql', source, executor }
  } catch {
    throw new ClyraError('CLYRA_TEMPORAL_CHANGE', `expected the change ${name} to give a request, found that it throws`)
  }
}
