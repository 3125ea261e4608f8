// SHA-256 in the two forms Clyra writes.
import { hash } from 'node:crypto'

/** Lower-case hex SHA-256. */
export const sha256Hex = (bytes: Uint8Array | string): string => hash('sha256', bytes, 'hex')

/** `sha256:<hex>`. */
export const digest = (bytes: Uint8Array | string): string => `sha256:${sha256Hex(bytes)}`
