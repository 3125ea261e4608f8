// Fixed keys for the golden vectors, made from their names: anyone can sign with them, so nobody may trust them.
// ECDSA signs by RFC 6979, so that the same bytes always give the same signature.
import { checkPrimeSync, createECDH, createHash, createHmac, createPrivateKey, type KeyObject } from 'node:crypto'
import type { Signer } from '../../core/ports.ts'
import { keySigner, verifiedSigner } from '../../runtime/keys.ts'

/** Order of the P-256 group. */
const n = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The Ed25519 key of a name. */
export function ed25519(name: string): Signer {
  const seed = createHash('sha256').update(`clyra vectors ed25519 ${name}`).digest()
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return keySigner(createPrivateKey({ key: der, type: 'pkcs8', format: 'der' }))
}

/** The P-256 key of a name. */
export const es256 = (name: string): Signer => es256Of(createHash('sha256').update(`clyra vectors es256 ${name}`).digest())

/** The signature of that key, at once. Answers DER. */
export const signEs256 = (name: string, message: Uint8Array): Buffer =>
  signRfc6979(createHash('sha256').update(`clyra vectors es256 ${name}`).digest(), message)

/** The RSA key of a name, of 2,048 bits. */
export function rsa(name: string): KeyObject {
  const e = 65537n
  const [p, q] = [prime(`${name} p`), prime(`${name} q`)]
  const d = inverse(e, (p - 1n) * (q - 1n))
  const numbers = { n: p * q, e, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const jwk = Object.fromEntries(Object.entries(numbers).map(([member, value]) => [member, bytesOf(value).toString('base64url')]))
  return createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
}

/** The first prime of 1,024 bits after a number made from a name. */
function prime(name: string): bigint {
  const parts = [0, 1, 2, 3].map((part) => createHash('sha256').update(`clyra vectors rsa ${name} ${part}`).digest())
  const top = 3n << 1022n
  let candidate = toBigInt(Buffer.concat(parts)) | top | 1n
  while (!checkPrimeSync(candidate)) candidate += 2n
  return candidate
}

/** The deterministic signer of a P-256 private scalar. */
export function es256Of(d: Buffer): Signer {
  const spki = Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), point(d)])
  return verifiedSigner('ES256', spki, async (message) => signRfc6979(d, message))
}

/** RFC 6979 §3.2 with SHA-256. P-256's order has 256 bits, so a hash needs no shortening. Answers DER. */
function signRfc6979(d: Buffer, message: Uint8Array): Buffer {
  const hash = createHash('sha256').update(message).digest()
  const h = toBigInt(hash) % n
  const seed = Buffer.concat([d, toBytes(h)])
  let v: Buffer = Buffer.alloc(32, 1)
  let key: Buffer = Buffer.alloc(32, 0)
  for (const step of [0, 1]) {
    key = hmac(key, v, Buffer.of(step), seed)
    v = hmac(key, v)
  }
  for (;;) {
    v = hmac(key, v)
    const k = toBigInt(v)
    if (k > 0n && k < n) {
      const r = toBigInt(point(v).subarray(1, 33)) % n
      const s = (inverse(k, n) * ((h + r * toBigInt(d)) % n)) % n
      if (r > 0n && s > 0n) return der(r, s)
    }
    key = hmac(key, v, Buffer.of(0))
    v = hmac(key, v)
  }
}

/** k·G as 0x04 ‖ x ‖ y. */
function point(k: Buffer): Buffer {
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(k)
  return ecdh.getPublicKey()
}

/** Euclid: the inverse of a number modulo another. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r, next] = [modulus, value % modulus]
  let [t, following] = [0n, 1n]
  while (next > 0n) {
    const quotient = r / next
    ;[r, next] = [next, r - quotient * next]
    ;[t, following] = [following, t - quotient * following]
  }
  return ((t % modulus) + modulus) % modulus
}

function der(r: bigint, s: bigint): Buffer {
  const integers = [r, s].map((value) => {
    const bytes = toBytes(value)
    const start = bytes.findIndex((byte) => byte !== 0)
    const body = bytes.subarray(start)
    const padded = (body[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), body]) : body
    return Buffer.concat([Buffer.of(0x02, padded.length), padded])
  })
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

const hmac = (key: Buffer, ...parts: Buffer[]): Buffer => createHmac('sha256', key).update(Buffer.concat(parts)).digest()
const toBigInt = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
const bytesOf = (value: bigint): Buffer => {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
}
const toBytes = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
