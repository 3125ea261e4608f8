// The number a requester is shown and an approver types: who never spoke to him can't approve by habit.
import { createHmac } from 'node:crypto'
import type { Verdict } from '../core/generated/types.ts'

/**
 * Six digits: the first 8 bytes of HKDF-Expand (RFC 5869, one block) with the nonce as PRK and the display hash in the info, modulo 10⁶.
 * Null unless the verdict opened a gate of grade enhanced. It keeps nobody out who reads the nonce: it is no secret, it is a talk.
 */
export function matchCode({ grade, nonce, display_hash }: Pick<Verdict, 'grade' | 'nonce' | 'display_hash'>): string | null {
  if (grade !== 'enhanced' || nonce === null) return null
  const info = Buffer.concat([Buffer.from(`clyra.match_code/0 ${display_hash}`), Buffer.from([1])])
  const block = createHmac('sha256', Buffer.from(nonce, 'hex')).update(info).digest()
  return String(block.readBigUInt64BE(0) % 1_000_000n).padStart(6, '0')
}
