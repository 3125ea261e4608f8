// A line to a PostgreSQL on loopback that counts what is asked over it, and stands still where a test wants it to. One round trip for each
// Sync or simple query, or for several that are sent together, before the first is answered.
import { connect, createServer, type Socket } from 'node:net'
import { type Hold, holds, type Moment } from './holds.ts'
import { isReady, splitter, tripCounter } from './postgres-messages.ts'

/** What was asked since the last count. */
export interface Trips {
  /** Round trips. */
  total: number
  /** Statements by the name they were prepared under; those without a name stand together under ''. */
  byStatement: Record<string, number>
  /** Each of them with the time it took, log-ins too (which the counts leave out). */
  timed: Timed[]
}

export interface Timed {
  statement: string
  /** How its text begins; null for a log-in, and where the statement was prepared earlier. */
  text: string | null
  /** Wall clock at its start. */
  at: number
  ms: number
}

export interface PostgresLine {
  port: number
  /** What was asked since the last call. */
  take(): Trips
  /** Stops the connection that sends a message holding all these texts: before it is passed on, or before its answer is. */
  hold(texts: readonly string[], moment: Moment): Hold
  /** Nobody is stopped any more. */
  releaseAll(): void
  stop(): Promise<void>
}

/** Starts the line on a free port. `target` need not listen yet. */
export async function postgresLine(target: number): Promise<PostgresLine> {
  const sockets = new Set<Socket>()
  const armed = holds()
  let trips: Trips = { total: 0, byStatement: {}, timed: [] }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const [split, splitAnswer] = [splitter('client'), splitter('server')]
    const running = [begun('log-in', null)]
    const count = tripCounter((statement, text) => {
      if (running.length === 0) trips.total += 1
      trips.byStatement[statement] = (trips.byStatement[statement] ?? 0) + 1
      running.push(begun(statement, text))
    })
    let idleSince = 0
    const answer = (message: Buffer) => {
      if (!isReady(message)) return
      const done = running.shift()
      if (done) trips.timed.push(done(idleSince))
      idleSince = performance.now()
    }
    const [asked, answered] = [valve(upstream), valve(client)]
    const connection = {
      stop: (moment: Moment) => (moment === 'before' ? asked : answered).shut(),
      goOn() {
        asked.open()
        answered.open()
      },
      drop() {
        client.destroy()
        upstream.destroy()
      },
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      upstream.cork()
      for (const message of split(bytes)) {
        count(message)
        armed.look(message, connection)
        asked.push(message)
      }
      upstream.uncork()
    })
    upstream.on('data', (bytes) => {
      answered.push(bytes)
      for (const message of splitAnswer(bytes)) answer(message)
    })
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    take() {
      const taken = trips
      trips = { total: 0, byStatement: {}, timed: [] }
      return taken
    },
    hold: armed.arm,
    releaseAll: armed.releaseAll,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

// What was sent behind another begins when that one is answered.
const begun = (statement: string, text: string | null): ((idleSince: number) => Timed) => {
  const [at, start] = [Date.now(), performance.now()]
  return (idleSince) => ({ statement, text, at, ms: performance.now() - Math.max(start, idleSince) })
}

// Passes bytes on, or keeps them while it is shut.
function valve(to: Socket) {
  let kept: Buffer[] | null = null
  return {
    push: (bytes: Buffer) => void (kept === null ? to.write(bytes) : kept.push(bytes)),
    shut() {
      kept ??= []
    },
    open() {
      for (const bytes of kept ?? []) to.write(bytes)
      kept = null
    },
  }
}
