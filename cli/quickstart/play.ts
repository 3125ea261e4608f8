// What every quickstart is: a stack, a show on it, and nothing left of either.
import { codeOf, errorKind } from '../../core/errors.ts'
import { type Launched, launchStack } from '../up/launch.ts'

/** One line of the show. */
export const say = (line: string): void => console.log(line)

/** Plays the show on a stack of its own and ends the process: 0, or 1 with the error. `asked` resolves when it is to stop. */
export async function play(title: string, show: (stack: Launched, asked: Promise<void>) => Promise<void>): Promise<never> {
  say(`${title}\n\nStarting on loopback:`)
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  try {
    const stack = await launchStack((line) => say(`  ${line}`))
    try {
      await show(stack, asked)
    } finally {
      await stack.stop()
      say('Stopped.')
    }
  } catch (error) {
    const code = codeOf(error)
    console.error(`clyra: ${code} ${(error as Error).message}\n  ${errorKind(code).remedy}`)
    process.exit(1)
  }
  process.exit(0)
}
