// SHA256SUMS: the list that is signed. Its own digest names the bundle.
import { digest, sha256Hex } from '../runtime/digest.ts'
import { byBytes } from './order.ts'
import type { Files } from './zip.ts'

export const sumsPath = 'SHA256SUMS'

/** `<hex>  <path>` for every file, ascending by path; coreutils checks it as it is. */
export const sha256Sums = (files: Files): string =>
  [...files.keys()]
    .sort(byBytes)
    .map((path) => `${sha256Hex(files.get(path) ?? '')}  ${path}\n`)
    .join('')

/** `sha256:` + SHA-256 of SHA256SUMS. */
export const bundleId = (sums: Uint8Array | string): string => digest(sums)

/** Subject of every statement about a bundle. */
export const subjectOf = (bundle_id: string) => [{ name: 'SHA256SUMS' as const, digest: { sha256: bundle_id.replace('sha256:', '') } }]
