// The number a requester is shown and an approver types: who never spoke to him can't approve by habit.
import { hash } from 'node:crypto'
import type { Verdict } from '../core/generated/types.ts'

/**
 * Six digits: the first 8 bytes of HKDF-Expand (RFC 5869, one block) with the nonce as PRK and the display hash in the info, modulo 10⁶.
 * Null unless the verdict opened a gate of grade enhanced. It keeps nobody out who reads the nonce: it is no secret, it is a talk.
 */
export function matchCode({ grade, nonce, display_hash }: Pick<Verdict, 'grade' | 'nonce' | 'display_hash'>): string | null {
  if (grade !== 'enhanced' || nonce === null) return null
  const info = Buffer.concat([Buffer.from(`clyra.match_code/0 ${display_hash}`), Buffer.from([1])])
  return String(hmac(Buffer.from(nonce, 'hex'), info).readBigUInt64BE(0) % 1_000_000n).padStart(6, '0')
}

// RFC 2104 for a key of at most one block. Node's own makes a key object each time, which costs a tenth of checking a whole approval.
function hmac(key: Buffer, message: Buffer): Buffer {
  const padded = (byte: number): Buffer => {
    const block = Buffer.alloc(64, byte)
    for (const [index, each] of key.entries()) block[index] = each ^ byte
    return block
  }
  const inner = hash('sha256', Buffer.concat([padded(0x36), message]), 'buffer')
  return hash('sha256', Buffer.concat([padded(0x5c), inner]), 'buffer')
}
