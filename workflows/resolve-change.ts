// An ambiguous change is read back, once at a time; asked again, it answers the same.
import type { Resolved, RunRef } from '../core/stages.ts'
import { stage } from './stages.ts'

export const resolveChange = (run: RunRef): Promise<Resolved> => stage('resolve', 'read the attempt back from the warehouse', run)
