// A line to a server that is cut at the very message a test names.
import { connect, createServer, type Socket } from 'node:net'

export interface CuttableLine {
  port: number
  /**
   * Cuts when the client sends bytes that hold `text`: before they are passed on, right after, or once the server answers them, so that
   * it has surely read them. `held` passes nothing on and `unanswered` nothing back: both leave the cut to the test. `forGood` refuses
   * later connections.
   */
  cutAt(text: string, when: Cut['when'], forGood?: boolean): void
  /** Drops all connections and refuses later ones. */
  cut(): void
  /** Takes connections again and cuts nothing. */
  mend(): void
  stop(): Promise<void>
}

interface Cut {
  text: string
  when: 'before' | 'after' | 'answered' | 'held' | 'unanswered'
  forGood: boolean
}

/** Starts the line on a free port of loopback. */
export async function cuttableLine(target: number): Promise<CuttableLine> {
  let cut: Cut | null = null
  let refusing = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (refusing || (cut?.forGood && cut.text === '')) return client.destroy()
    const upstream = connect(target, '127.0.0.1')
    let passed: Cut['when'] | null = null
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    // What was passed on is left to arrive: the server is told of the end, not reset.
    client.on('close', () => upstream.end())
    upstream.on('close', () => client.destroy())
    client.on('data', (bytes) => {
      if (cut === null || !bytes.includes(cut.text)) return upstream.write(bytes)
      const { when, forGood } = cut
      cut = null
      refusing = forGood
      if (when === 'held') return client.pause()
      if (when === 'before') return upstream.destroy()
      upstream.write(bytes)
      passed = when
      return when === 'after' ? client.destroy() : true
    })
    // The answer never comes back.
    upstream.on('data', (bytes) => (passed === 'answered' ? client.destroy() : passed === 'unanswered' || client.write(bytes)))
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    cutAt: (text, when, forGood = false) => {
      cut = { text, when, forGood }
    },
    cut: () => {
      refusing = true
      for (const socket of sockets) socket.destroy()
    },
    mend: () => {
      cut = null
      refusing = false
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
