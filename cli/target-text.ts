// A target in words.
import type { TargetView } from '../core/generated/types.ts'
import { freezeLine } from './freeze-text.ts'
import { fields } from './print.ts'

/** What may be changed, under which policy, up to which limits. */
export const targetPage = (target: TargetView): string =>
  fields([
    ['target', target.name],
    ['kind', target.kind],
    ['mode', target.mode === 'gate' ? 'gate (policy decides)' : 'review (policy only listens)'],
    ...target.freezes.map((freeze): [string, string] => ['frozen', freezeLine(freeze)]),
    ['policy', `${target.policy_id} ${target.policy_digest}`],
    ['max rows', target.limits.max_rows],
    ['statement timeout', `${target.limits.statement_timeout_ms} ms`],
    ['lock timeout', `${target.limits.lock_timeout_ms} ms`],
  ])
