// The one file the worker bundles.
export { governedChange } from './governed-change.ts'
export { resolveChange } from './resolve-change.ts'
