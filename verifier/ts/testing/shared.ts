// Data from outside, which lies beside the repository and is never copied into it.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe } from '@jest/globals'

const vectors = join(import.meta.dirname, '../../../../shared/vectors')

/** A folder of outside vectors. */
export const sharedFolder = (name: string): string => join(vectors, name)

/** A describe that is skipped, and says so, where the outside vectors are absent. */
export function describeShared(name: string, body: () => void): void {
  if (existsSync(sharedFolder(name))) describe(name, body)
  else describe.skip(`${name} (../shared/vectors/${name} is absent)`, body)
}

/** Every file under a folder, in one order. */
export const filesUnder = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
