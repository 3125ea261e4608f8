// The process that holds a stack. `clyra up` starts it in a group of its own, so that Ctrl-C reaches the databases last.
// It talks to its parent over IPC, and stops when the parent asks, dies, or sends SIGTERM.
import { codeOf } from '../../core/errors.ts'
import { homeDir } from '../../runtime/config.ts'
import { type Stack, startStack } from './stack.ts'

export type StackMessage =
  | { type: 'progress'; line: string }
  | { type: 'ready'; run: Stack['run'] }
  | { type: 'failed'; code: string; message: string }

const send = (message: StackMessage) => process.connected && process.send?.(message)
const progress = (line: string) => void send({ type: 'progress', line })

let stack: Stack | null = null
let asked = false
let stopping = false

const stop = async (running: Stack) => {
  await running.stop(progress)
  process.exit(0)
}
// Asked while starting: the start is finished first, so that no part is left behind.
const ask = () => {
  asked = true
  if (stack === null || stopping) return
  stopping = true
  void stop(stack)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, ask)
process.on('disconnect', ask)

try {
  stack = await startStack(homeDir(), progress)
  if (asked) ask()
  else send({ type: 'ready', run: stack.run })
} catch (error) {
  send({ type: 'failed', code: codeOf(error), message: (error as Error).message })
  process.exit(1)
}
