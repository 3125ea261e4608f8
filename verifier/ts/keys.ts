// Public keys and signatures: ES256 (P-256, SHA-256, DER), Ed25519, and RS256 of ID tokens. The algorithm is the key's, never the file's.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'

export interface PublicKey {
  alg: 'ES256' | 'Ed25519' | 'RS256'
  key: KeyObject
  /** Ed25519 only: the 32 bytes. */
  raw: Uint8Array
}

// RS256: an odd modulus and the exponent 65,537 stand at the end.
const forms = {
  ES256: /^3059301306072a8648ce3d020106082a8648ce3d03010703420004.{128}$/,
  Ed25519: /^302a300506032b6570032100.{64}$/,
  RS256: /[13579bdf]0203010001$/,
}
const order = 2n ** 252n + 27742317777372353535851937790883648493n

// The 14 encodings of points of low order, without the sign bit (C2SP/CCTV ed25519): such a key signs anything.
const lowOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** A key from its SPKI DER in the one encoding allowed (uncompressed point, no parameters but the curve); null for any other. */
export function readSpki(alg: PublicKey['alg'], spki: Uint8Array): PublicKey | null {
  const der = Buffer.from(spki)
  if (!forms[alg].test(der.toString('hex'))) return null
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' })
    return alg !== 'RS256' || isRsa(key, der) ? { alg, key, raw: der.subarray(-32) } : null
  } catch {
    return null // not a point of the curve
  }
}

function isRsa(key: KeyObject, der: Buffer): boolean {
  const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0
  return bits >= 2048 && bits <= 8192 && key.export({ format: 'der', type: 'spki' }).equals(der)
}

/** An Ed25519 key from its 32 bytes. */
export const readEd25519 = (raw: Uint8Array): PublicKey | null =>
  readSpki('Ed25519', Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]))

/** True when the signature of a JWS is right: RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA as r ‖ s (RFC 7518, §3.3 and §3.4). */
export const verifyJws = ({ alg, key }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean =>
  (alg === 'RS256' || signature.length === 64) && verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature)

/** True when the signature is right. Ed25519 stands behind the pre-check both verifiers share. */
export function verifySignature({ alg, key, raw }: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (alg === 'ES256') return verify('sha256', message, { key, dsaEncoding: 'der' }, signature)
  return passesPrecheck(raw, signature) && verify(null, message, key, signature)
}

/** Lengths; S < L; neither A nor R of low order. */
export function passesPrecheck(publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (publicKey.length !== 32 || signature.length !== 64) return false
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`)
  return s < order && !isLowOrder(publicKey) && !isLowOrder(signature.subarray(0, 32))
}

function isLowOrder(point: Uint8Array): boolean {
  const unsigned = Buffer.from(point)
  unsigned[31] = (unsigned[31] as number) & 0x7f
  return lowOrder.has(unsigned.toString('hex'))
}
