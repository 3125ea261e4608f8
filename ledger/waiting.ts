// Waiting for a change to move: one LISTEN connection a process, opened by the first who waits.
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { channel } from './append.ts'
import { unavailable } from './store.ts'
import type { Changes } from './types.ts'

interface Version {
  changeId: string
  version: number
}

interface Waiter {
  changeId: string
  since: number
  wake(): void
}

const reconnectAfterMs = 250

/**
 * `versionsOf` reads the versions of some changes. It is asked once when a wait begins and once after a lost connection came back,
 * so that nothing that happened in between is missed.
 */
export function openWaiting(
  url: string,
  versionsOf: (changeIds: string[]) => Promise<Version[]>,
): { wait: Changes['wait']; close(): Promise<void> } {
  const waiters = new Set<Waiter>()
  const closing = new AbortController()
  let listening: Promise<pg.Client> | null = null

  const announce = ({ changeId, version }: Version): void => {
    for (const waiter of waiters) if (waiter.changeId === changeId && version > waiter.since) waiter.wake()
  }

  const listen = (): Promise<pg.Client> => {
    listening ??= connect(url, announce, lost).catch((error: unknown) => {
      listening = null
      throw unavailable(error)
    })
    return listening
  }

  function lost(): void {
    listening = null
    if (waiters.size > 0) void resume()
  }

  async function resume(): Promise<void> {
    while (waiters.size > 0 && !closing.signal.aborted) {
      try {
        await listen()
        for (const version of await versionsOf([...waiters].map(({ changeId }) => changeId))) announce(version)
        return
      } catch {
        // The store is away. Who waits still has his own time limit.
        await delay(reconnectAfterMs)
      }
    }
  }

  return {
    async wait(changeId, since, timeoutMs, signal) {
      const woken = Promise.withResolvers<void>()
      const waiter: Waiter = { changeId, since, wake: woken.resolve }
      const stop = AbortSignal.any([closing.signal, ...(signal ? [signal] : [])])
      if (stop.aborted) return
      stop.addEventListener('abort', waiter.wake)
      const timer = setTimeout(waiter.wake, timeoutMs)
      waiters.add(waiter)
      try {
        await listen()
        for (const version of await versionsOf([changeId])) announce(version)
        await woken.promise
      } finally {
        waiters.delete(waiter)
        clearTimeout(timer)
        stop.removeEventListener('abort', waiter.wake)
      }
    },
    async close() {
      closing.abort()
      const client = await listening?.catch(() => null)
      await client?.end()
    },
  }
}

async function connect(url: string, announce: (version: Version) => void, lost: () => void): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true, application_name: 'clyra listen' })
  // 'end' follows and is acted on; without a listener here the process would die.
  client.on('error', () => undefined)
  client.on('notification', ({ payload = '' }) => {
    const [changeId = '', version] = payload.split(' ')
    announce({ changeId, version: Number(version) })
  })
  try {
    await client.connect()
    await client.query(`listen ${channel}`)
  } catch (error) {
    await client.end()
    throw error
  }
  client.once('end', lost)
  return client
}
