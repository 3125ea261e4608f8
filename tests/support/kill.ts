// Killing parts of a test stack from outside, and waiting for what must follow. Nothing in the product knows of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from '../../cli/client.ts'
import type { TestStack } from './stack.ts'

/** Process ids of the stack's parts as they are now. */
export function pidsOf({ home }: TestStack): Record<string, number> {
  const noted = JSON.parse(readFileSync(join(home, '.clyra/parts.json'), 'utf8')) as { name: string; pid: number }[]
  return Object.fromEntries(noted.map(({ name, pid }) => [name, pid]))
}

/** kill -9, then until another process serves in its place and the gateway says it is ready. */
export const killAndAwaitReturn = (stack: TestStack, name: string): Promise<void> => untilReturn(stack, killPart(stack, name))

export interface Killed {
  name: string
  pid: number
}

/** kill -9. */
export function killPart(stack: TestStack, name: string): Killed {
  const pid = pidsOf(stack)[name] as number
  process.kill(pid, 'SIGKILL')
  return { name, pid }
}

/** The part lives, but does nothing until the function it answers is called. */
export function stopped(stack: TestStack, part: string): () => void {
  const pid = pidsOf(stack)[part] as number
  process.kill(pid, 'SIGSTOP')
  return () => process.kill(pid, 'SIGCONT')
}

/** Until another process serves in its place and the gateway says it is ready. */
export async function untilReturn(stack: TestStack, { name, pid }: Killed): Promise<void> {
  await until(() => pidsOf(stack)[name] !== pid)
  await until(() => isReady(stack))
}

/** Looks again until it holds. The test's own time limit ends it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await pause(20)
}

const isReady = ({ run }: TestStack): Promise<boolean> =>
  createClient({ base: run.gateway, token: null })
    .ready()
    .then(
      () => true,
      () => false,
    )
