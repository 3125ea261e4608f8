// Under which change a workflow's code runs right now: what underGrant sets and the interceptor reads.
import { AsyncLocalStorage } from '@temporalio/workflow'

/** The change id of the innermost underGrant. */
export const grantedChange = new AsyncLocalStorage<string>()
