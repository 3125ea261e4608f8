// clyra/temporal: the worker's side, for workers that have Temporal workflows of their own. Workflow code imports clyra/temporal/workflow.
export { clyraActivities } from './activities.ts'
export type { Changes, ChangeTemplate } from './changes.ts'
export { governed, type Mark } from './gate.ts'
export { type Grant, grant } from './grant.ts'
export { type ClyraOptions, ClyraPlugin } from './plugin.ts'
export type { ChangeReceipt, ClyraActivities, ClyraFailureType } from './words.ts'
