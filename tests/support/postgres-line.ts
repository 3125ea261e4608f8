// A line to a PostgreSQL on loopback that counts what is asked over it: one round trip for each Sync or simple query.
import { connect, createServer, type Socket } from 'node:net'

/** Round trips since the last count, by the name a statement was prepared under; those without a name stand together under ''. */
export interface Trips {
  total: number
  byStatement: Record<string, number>
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
  let trips: Trips = { total: 0, byStatement: {} }
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    const count = counter((statement) => {
      trips.total += 1
      trips.byStatement[statement] = (trips.byStatement[statement] ?? 0) + 1
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
    upstream.on('data', (bytes) => client.write(bytes))
    client.on('close', () => upstream.destroy())
    upstream.on('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    take() {
      const taken = trips
      trips = { total: 0, byStatement: {} }
      return taken
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

const sync = 'S'.charCodeAt(0)
const query = 'Q'.charCodeAt(0)
const bind = 'B'.charCodeAt(0)

// Frontend messages: the first has a length and no type, every other a type and then its length.
function counter(onTrip: (statement: string) => void): (bytes: Buffer) => void {
  let pending = Buffer.alloc(0)
  let started = false
  let statement = ''
  return (bytes) => {
    pending = Buffer.concat([pending, bytes])
    for (;;) {
      const head = started ? 1 : 0
      if (pending.length < head + 4) return
      const end = head + pending.readInt32BE(head)
      if (pending.length < end) return
      if (started && pending[0] === bind) statement = secondText(pending.subarray(5, end))
      if (started && pending[0] === query) onTrip('')
      if (started && pending[0] === sync) {
        onTrip(statement)
        statement = ''
      }
      started = true
      pending = pending.subarray(end)
    }
  }
}

// Bind names its portal first, then the statement.
function secondText(bytes: Buffer): string {
  const first = bytes.indexOf(0) + 1
  return bytes.toString('utf8', first, bytes.indexOf(0, first))
}
