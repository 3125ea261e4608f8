// The planner's estimate of the rows a statement writes.
import type { Session } from '../session.ts'

interface Plan {
  readonly 'Node Type'?: string
  readonly 'Plan Rows'?: number
  readonly 'Parent Relationship'?: string
  readonly Plans?: readonly Plan[]
}

/** Explains a statement in the session's READ ONLY transaction. Rejects with SqlFailure. */
export async function estimate(session: Session, text: string): Promise<number> {
  const [row] = await session.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(`explain (format json) ${text}`)
  const plan = row?.['QUERY PLAN'][0]?.Plan
  return plan === undefined ? 0 : rowsWritten(plan)
}

/**
 * Rows that every ModifyTable of a plan is fed. Its own count is 0 without RETURNING, so its outer child's is taken;
 * writes in CTEs are InitPlans and counted too. What foreign keys and triggers do besides is not in a plan.
 */
export function rowsWritten(plan: Plan): number {
  const children = plan.Plans ?? []
  const below = children.reduce((sum, child) => sum + rowsWritten(child), 0)
  if (plan['Node Type'] !== 'ModifyTable') return below
  const outer = children.filter((child) => child['Parent Relationship'] === 'Outer' || child['Parent Relationship'] === 'Member')
  return below + outer.reduce((sum, child) => sum + (child['Plan Rows'] ?? 0), 0)
}
