// SCRAM-SHA-256 verifiers as PostgreSQL stores them, so that a password never stands in a statement or a server log.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5802, RFC 7677). ASCII passwords only: SASLprep leaves them as they are. */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x20-\x7e]+$/.test(password)) throw new TypeError('expected a password of printable ASCII')
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`
}
