// A warehouse that waits for a synchronous standby which is not there: its commits happen, and nobody is told.
import { until } from './kill.ts'
import type { TestStack } from './stack.ts'

/** Commits of Clyra's executor get no answer until the function it answers is called; whoever else is on the server does not wait. */
export async function withoutStandby({ story: { warehouse } }: TestStack): Promise<() => Promise<void>> {
  const standbys = async (names: string) => {
    await warehouse(`alter system set synchronous_standby_names = '${names}'`)
    await warehouse('select pg_reload_conf()')
    await until(async () => {
      const [shown] = await warehouse<{ synchronous_standby_names: string }>('show synchronous_standby_names')
      return shown?.synchronous_standby_names === names
    })
  }
  // The executor pins its own.
  await warehouse(`alter system set synchronous_commit = 'local'`)
  await standbys('nobody')
  return () => standbys('')
}
