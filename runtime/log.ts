// One logger: JSON lines on stderr. Messages are constant text, values are fields; never a payload, a row value, a token.
import { type Logger, pino } from 'pino'
import { readEnvironment } from './config.ts'

export type Log = Logger

/** A logger of one part (`worker`, `gateway`, `up`). Level: CLYRA_LOG_LEVEL, else info. */
export const createLog = (part: string): Log =>
  pino(
    { base: { part }, level: readEnvironment().CLYRA_LOG_LEVEL ?? 'info', timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination(2),
  )
