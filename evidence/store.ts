// The evidence store of a single machine: a folder. A file is written whole or not at all, and never half replaced.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface EvidenceStore {
  /** Replaces the file atomically. */
  write(file: string, bytes: Uint8Array): Promise<void>
  /** Null when there is none. */
  read(file: string): Promise<Uint8Array | null>
}

/** `<change_id>-<last seq>.zip`. */
export const evidenceFile = (changeId: string, end: number): string => `${changeId}-${end - 1}.zip`

const safeName = /^[A-Za-z0-9_-]+\.zip$/

/** A store in `dir`, which is made when needed. Names outside `[A-Za-z0-9_-]+.zip` read as absent. */
export function folderStore(dir: string): EvidenceStore {
  return {
    async write(file, bytes) {
      await mkdir(dir, { recursive: true })
      const partial = join(dir, `.${file}.${randomUUID()}.part`)
      await writeFile(partial, bytes)
      await rename(partial, join(dir, file))
    },
    async read(file) {
      if (!safeName.test(file)) return null
      try {
        return await readFile(join(dir, file))
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return null
        throw error
      }
    },
  }
}
