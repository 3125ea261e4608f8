// Ports on loopback.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below those a kernel gives to outgoing connections (Linux from 32768, others from 49152): one of these would take a port between
// the look at it and its use. And above those a browser refuses.
const [lowest, above] = [20_000, 32_000]
const tries = 50

/** A TCP port that is free on loopback now, and that no outgoing connection will take. Rejects when none was found. */
export async function freePort(): Promise<number> {
  for (let left = tries; left > 0; left--) {
    const port = randomInt(lowest, above)
    if (await isFree(port)) return port
  }
  throw new Error(`expected a free port between ${lowest} and ${above} in ${tries} tries, found none`)
}

/** True when somebody could listen there on loopback now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
