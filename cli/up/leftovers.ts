// Processes of a stack that was killed: they hold its ports and databases, so the next stack ends them first.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

interface Noted {
  name: string
  pid: number
  command: string
}

const patienceMs = 15_000

const fileOf = (state: string): string => join(state, 'parts.json')
const read = (state: string): Noted[] => (existsSync(fileOf(state)) ? (JSON.parse(readFileSync(fileOf(state), 'utf8')) as Noted[]) : [])

// Whole or not at all: it is read after a crash.
function write(state: string, parts: Noted[]): void {
  writeFileSync(`${fileOf(state)}.part`, JSON.stringify(parts, null, 2))
  renameSync(`${fileOf(state)}.part`, fileOf(state))
}

/** Writes down that a part runs under a process id, for a stack that comes after a crash. */
export function notePart(state: string, name: string, pid: number): void {
  const others = read(state).filter((noted) => noted.name !== name)
  write(state, [...others, { name, pid, command: commandOf(pid) }])
}

/** Forgets all parts: the stack has stopped in good order. */
export const forgetParts = (state: string): void => write(state, [])

/** Ends every noted process that still runs under the same command line; a process id that was given to another program is left alone. */
export async function endLeftovers(state: string): Promise<string[]> {
  const left = read(state).filter(({ pid, command }) => command !== '' && commandOf(pid) === command)
  // Asked first: a database that ends in good order leaves no lock file, which a killed one does until somebody reaps it.
  await Promise.all(left.map((noted) => end(noted)))
  forgetParts(state)
  return left.map(({ name }) => name)
}

async function end({ pid, command }: Noted): Promise<void> {
  const deadline = Date.now() + patienceMs
  signal(pid, 'SIGINT')
  while (commandOf(pid) === command) {
    if (Date.now() > deadline) signal(pid, 'SIGKILL')
    await pause(50)
  }
}

function signal(pid: number, name: 'SIGINT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // It ended between the look and the signal.
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}

function commandOf(pid: number): string {
  try {
    if (existsSync('/proc/self/cmdline')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
