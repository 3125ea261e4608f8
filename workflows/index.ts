// The one file the worker bundles.
export { governedChange } from './governed-change.ts'
