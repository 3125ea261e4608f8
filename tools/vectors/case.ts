// One golden vector: a story, how it is bent, and what a verifier must say of it.
import type { DataReceipt } from '../../core/generated/types.ts'
import type { Forgery, Story } from './pack.ts'
import type { Body } from './steps.ts'

export interface Case {
  name: string
  /** One sentence for the reader of the folder. */
  why: string
  story: () => Story | Promise<Story>
  forgery: Forgery
  /** The first claim that fails and its code; null for a bundle that is right. */
  fails: { claim: string; code: string } | null
  /** Nothing is wrong, but what would have to be seen was not given. */
  isOpen?: boolean
}

/** A case that breaks one rule. `name` is without the `_fail`. */
export const broken = (name: string, story: Case['story'], claim: string, code: string, forgery: Forgery, why: string): Case => ({
  name: `${name}_fail`,
  why,
  story,
  forgery,
  fails: { claim, code },
})

/** A forgery that sets fields in the body of one receipt. */
export const body = (label: string, fields: Body): Forgery => receipt(label, (one) => ({ ...one, body: { ...one.body, ...fields } }))

/** A forgery that bends one receipt. */
export const receipt = (label: string, bend: (receipt: DataReceipt) => DataReceipt): Forgery => ({
  receipt: (one, its) => (its === label ? bend(one) : one),
})

/** A forgery that leaves steps out. */
export const without = (...labels: string[]): Forgery => ({ steps: (steps) => steps.filter(({ label }) => !labels.includes(label)) })
