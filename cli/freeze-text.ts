// What is frozen, in words.
import type { FreezeView } from '../core/generated/types.ts'

/** One line: what, since when, by whom, why. */
export const freezeLine = ({ target, reason, frozen_by, frozen_at }: FreezeView): string =>
  `${target ?? 'every target'} since ${frozen_at} by ${frozen_by.person ?? frozen_by.actor}: ${reason}`

/** Every freeze that stands, one a line. */
export const freezesText = (freezes: readonly FreezeView[]): string =>
  freezes.length === 0 ? 'nothing is frozen' : freezes.map((freeze) => `frozen: ${freezeLine(freeze)}`).join('\n')
