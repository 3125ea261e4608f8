// A line to a PostgreSQL on loopback that counts what is asked over it: one round trip for each Sync or simple query, or for several
// that are sent together, before the first is answered.
import { connect, createServer, type Socket } from 'node:net'

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
  stop(): Promise<void>
}

/** Starts the line on a free port. `target` need not listen yet. */
export async function postgresLine(target: number): Promise<PostgresLine> {
  const sockets = new Set<Socket>()
  let trips: Trips = { total: 0, byStatement: {}, timed: [] }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const running = [begun('log-in', null)]
    const count = asked((statement, text) => {
      if (running.length === 0) trips.total += 1
      trips.byStatement[statement] = (trips.byStatement[statement] ?? 0) + 1
      running.push(begun(statement, text))
    })
    let idleSince = 0
    const answer = messages(1, (type) => {
      if (type !== readyForQuery) return
      const done = running.shift()
      if (done) trips.timed.push(done(idleSince))
      idleSince = performance.now()
    })
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    client.on('data', (bytes) => {
      count(bytes)
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      client.write(bytes)
      answer(bytes)
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
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

const [sync, query, bind, parse, readyForQuery] = [...'SQBPZ'].map((letter) => letter.charCodeAt(0))

// What was sent behind another begins when that one is answered.
const begun = (statement: string, text: string | null): ((idleSince: number) => Timed) => {
  const [at, start] = [Date.now(), performance.now()]
  return (idleSince) => ({ statement, text, at, ms: performance.now() - Math.max(start, idleSince) })
}

function asked(onTrip: (statement: string, text: string | null) => void): (bytes: Buffer) => void {
  let statement = ''
  let text: string | null = null
  return messages(0, (type, body) => {
    if (type === parse) text = secondText(body).trim().slice(0, 80)
    if (type === bind) statement = secondText(body)
    if (type === query) onTrip('', body.toString('utf8', 0, Math.min(80, body.length - 1)))
    if (type !== sync) return
    onTrip(statement, text)
    statement = ''
    text = null
  })
}

// A frontend's first message has a length and no type; every other one, and all of the server's, a type and then its length.
function messages(firstHead: 0 | 1, each: (type: number | undefined, body: Buffer) => void): (bytes: Buffer) => void {
  let pending = Buffer.alloc(0)
  let head: 0 | 1 = firstHead
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    for (;;) {
      if (pending.length < head + 4) return
      const end = head + pending.readInt32BE(head)
      if (pending.length < end) return
      each(head === 1 ? pending[0] : undefined, pending.subarray(head + 4, end))
      head = 1
      pending = pending.subarray(end)
    }
  }
}

// Bind names its portal first, then the statement; Parse the statement, then its text.
function secondText(bytes: Buffer): string {
  const first = bytes.indexOf(0) + 1
  return bytes.toString('utf8', first, bytes.indexOf(0, first))
}
