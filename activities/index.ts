// All stages, given their parts once. Failures leave as codes; no message of a driver, no stack.
import { codeOf } from '../core/errors.ts'
import type { RunRef, StageActivities } from '../core/stages.ts'
import { temporalFailure } from '../runtime/temporal-failure.ts'
import { checkDecision } from './approval.ts'
import { attest } from './attest.ts'
import { bundle } from './bundle.ts'
import { type Deps, demandOwnWorkflow } from './deps.ts'
import { enforce } from './enforce.ts'
import { listen } from './listen.ts'
import { observe } from './observe.ts'
import { policy } from './policy.ts'
import { record } from './record.ts'
import { resolve } from './resolve.ts'
import { ticket } from './ticket.ts'

export type { Deps, GovernedTarget } from './deps.ts'

/** The activities a worker registers. */
export function createActivities(deps: Deps): StageActivities {
  const stage =
    <A extends [RunRef, ...unknown[]], R>(name: keyof StageActivities, run: (deps: Deps, ...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        demandOwnWorkflow(name, args[0])
        return await run(deps, ...args)
      } catch (error) {
        deps.log.warn({ stage: name, run: args[0], code: codeOf(error), at: framesOf(error) }, 'stage failed')
        throw temporalFailure(error)
      }
    }
  return {
    listen: stage('listen', listen),
    policy: stage('policy', policy),
    checkDecision: stage('checkDecision', checkDecision),
    enforce: stage('enforce', enforce),
    observe: stage('observe', observe),
    record: stage('record', record),
    bundle: stage('bundle', bundle),
    attest: stage('attest', attest),
    ticket: stage('ticket', ticket),
    resolve: stage('resolve', resolve),
  }
}

// A driver's message may hold row values; where it was thrown does not.
const framesOf = (error: unknown): string[] =>
  ((error as Error).stack ?? '')
    .split('\n')
    .filter((line) => line.trimStart().startsWith('at '))
    .slice(0, 6)
