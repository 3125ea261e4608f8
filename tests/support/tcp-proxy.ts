// Stands between a client and a server on loopback: counts round trips, and cuts the line when told to.
import { connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Answers the server gave since the last call: one for each time it spoke after the client had. */
  takeRoundTrips(): number
  /** Lets `answers` more answers through, then drops the next one and its connection. */
  cutAfter(answers: number): void
  /** Drops all connections. */
  cutAll(): void
  stop(): Promise<void>
}

/** Listens on `port`, or on one that is free. */
export async function startTcpProxy(target: number, port = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let roundTrips = 0
  let left = Number.POSITIVE_INFINITY
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    let asked = false
    const drop = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', drop)
      socket.on('close', () => {
        sockets.delete(socket)
        drop()
      })
    }
    client.on('data', (bytes) => {
      asked = true
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (asked) {
        asked = false
        roundTrips++
        if (left-- <= 0) {
          left = Number.POSITIVE_INFINITY
          return drop()
        }
      }
      client.write(bytes)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    takeRoundTrips() {
      const taken = roundTrips
      roundTrips = 0
      return taken
    },
    cutAfter(answers) {
      left = answers
    },
    cutAll() {
      for (const socket of sockets) socket.destroy()
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
