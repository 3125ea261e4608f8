// SHA256SUMS and the names of blobs.
import { createHash } from 'node:crypto'
import { demand } from './report.ts'
import { type Files, isPath } from './zip.ts'

/** Lower-case hex SHA-256. */
export const sha256Hex = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** `sha256:<hex>`. */
export const digest = (bytes: Uint8Array | string): string => `sha256:${sha256Hex(bytes)}`

/** Where the blob of a digest stands. */
export const blobPath = (digest: string): string => digest.replace('sha256:', 'blobs/sha256/')

/** The bundle id: SHA-256 of SHA256SUMS. */
export const bundleId = (files: Files): string => digest(files.get('SHA256SUMS') as Uint8Array)

/** Claim `sums`: SUMS_MALFORMED, SUMS_INCOMPLETE, SUMS_MISMATCH, BLOB_MISNAMED. */
export function checkSums(files: Files): void {
  const sums = readSums(files.get('SHA256SUMS') as Uint8Array)
  const covered = [...files].filter(([path]) => path !== 'SHA256SUMS' && !path.startsWith('sig/'))
  const paths = new Set(covered.map(([path]) => path))
  for (const path of paths) demand(sums.has(path), 'SUMS_INCOMPLETE', path)
  for (const path of sums.keys()) demand(paths.has(path), 'SUMS_INCOMPLETE', path)
  for (const [path, bytes] of covered) demand(sums.get(path) === sha256Hex(bytes), 'SUMS_MISMATCH', path)
  for (const path of paths) demand(!path.startsWith('blobs/') || path.endsWith(`/${sums.get(path)}`), 'BLOB_MISNAMED', path)
}

function readSums(bytes: Uint8Array): Map<string, string> {
  const lines = Buffer.from(bytes).toString('latin1').split('\n')
  const sums = new Map<string, string>()
  let isGood = lines.pop() === ''
  let last = ''
  for (const line of lines) {
    const [, hex = '', path = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? []
    isGood = isGood && isPath(path) && path > last
    sums.set(path, hex)
    last = path
  }
  demand(isGood, 'SUMS_MALFORMED', 'SHA256SUMS')
  return sums
}
