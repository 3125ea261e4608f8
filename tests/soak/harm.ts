// What is done to the stack while it works, and what is seen of its processes.
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { killAndAwaitReturn, pidsOf } from '../support/kill.ts'
import type { TestStack } from '../support/stack.ts'

export const parts = ['worker', 'gateway', 'temporal', 'store', 'warehouse'] as const

/** The same numbers for the same seed, 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const between = { leastMs: 35_000, mostMs: 55_000 }

/** kill -9 of one part after the other until aborted, every 45 seconds or so; each once before any comes again. Answers how often each. */
export async function kills(stack: TestStack, random: () => number, signal: AbortSignal, say: (line: string) => void) {
  const counts: Record<string, number> = Object.fromEntries(parts.map((part) => [part, 0]))
  let left: string[] = []
  for (;;) {
    await pause(between.leastMs + random() * (between.mostMs - between.leastMs), undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return counts
    if (left.length === 0) left = [...parts]
    const [part] = left.splice(Math.floor(random() * left.length), 1) as [string]
    const began = performance.now()
    await killAndAwaitReturn(stack, part)
    counts[part] = (counts[part] ?? 0) + 1
    say(`killed ${part}; back after ${((performance.now() - began) / 1000).toFixed(1)} s`)
  }
}

export interface Sample {
  seconds: number
  part: string
  mib: number
}

const everyMs = 2000

/** Resident memory of worker and gateway every two seconds until aborted. Reads /proc: Linux alone. */
export async function memory(stack: TestStack, signal: AbortSignal): Promise<Sample[]> {
  const samples: Sample[] = []
  const began = performance.now()
  while (!signal.aborted) {
    const pids = pidsOf(stack)
    for (const part of ['worker', 'gateway']) {
      const mib = residentMib(pids[part])
      if (mib !== null) samples.push({ seconds: (performance.now() - began) / 1000, part, mib })
    }
    await pause(everyMs, undefined, { signal }).catch(() => undefined)
  }
  return samples
}

// Null for one that was just killed.
function residentMib(pid: number | undefined): number | null {
  try {
    const found = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return found === null ? null : Number(found[1]) / 1024
  } catch {
    return null
  }
}
