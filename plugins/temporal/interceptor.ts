// The workflow interceptor of ClyraPlugin: activities called inside the block of underGrant carry the id of their change.
import { defaultPayloadConverter, type Headers, type WorkflowInterceptorsFactory } from '@temporalio/workflow'
import { grantedChange } from './scope.ts'
import { changeHeader } from './words.ts'

function marked<I extends { headers: Headers }>(input: I): I {
  const changeId = grantedChange.getStore()
  if (changeId === undefined) return input
  return { ...input, headers: { ...input.headers, [changeHeader]: defaultPayloadConverter.toPayload(changeId) } }
}

/** What Temporal calls for each workflow. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) => next(marked(input)),
      scheduleLocalActivity: (input, next) => next(marked(input)),
    },
  ],
  internals: [
    {
      dispose(input, next) {
        grantedChange.disable()
        next(input)
      },
    },
  ],
})
