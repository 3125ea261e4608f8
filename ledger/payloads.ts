// What a change will run, encrypted under a key of its own: destroying the row's bytes destroys the only key that opens them.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'
import type { Statement, Store } from './store.ts'
import type { Payloads } from './types.ts'

const put: Statement = {
  name: 'put_payload',
  text: `insert into clyra.payloads as p (tenant, digest, sealed) values ($1, $2, $3)
    on conflict (tenant, digest) do update set sealed = excluded.sealed where p.sealed is null`,
}
const get: Statement = { name: 'get_payload', text: 'select sealed from clyra.payloads where tenant = $1 and digest = $2' }
const destroy: Statement = {
  name: 'destroy_payload',
  text: `update clyra.payloads set sealed = null where tenant = $1 and digest = $2 and sealed is not null
    and not exists (select from clyra.changes where change_id = $3 and state is distinct from 'CLOSED')`,
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const wrappedBytes = nonceBytes + keyBytes + tagBytes

/** The payload store. Nothing binds a row to its digest: the caller hashes what he gets, and that is the control. */
export const openPayloads = (store: Store, tenantKey: Uint8Array): Payloads => ({
  async put(tenant, digest, bytes) {
    await store.query(put, [tenant, digest, sealPayload(tenantKey, bytes)])
  },
  async get(tenant, digest) {
    const [row] = await store.query<{ sealed: Buffer | null }>(get, [tenant, digest])
    if (!row?.sealed) throw new ClyraError('CLYRA_LEDGER_PAYLOAD_GONE', 'expected a stored payload, found none')
    return openPayload(tenantKey, row.sealed)
  },
  async destroy(tenant, digest, changeId) {
    await store.query(destroy, [tenant, digest, changeId])
  },
})

/** wrapped key ‖ ciphertext, each AES-256-GCM as nonce ‖ bytes ‖ tag (NIST SP 800-38D, random 96-bit nonce). */
export function sealPayload(tenantKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  const key = randomBytes(keyBytes)
  return Buffer.concat([encrypt(tenantKey, key), encrypt(key, bytes)])
}

/** The bytes again. CLYRA_LEDGER_CORRUPT when they do not open under this tenant key. */
export function openPayload(tenantKey: Uint8Array, sealed: Uint8Array): Uint8Array {
  try {
    return decrypt(decrypt(tenantKey, sealed.subarray(0, wrappedBytes)), sealed.subarray(wrappedBytes))
  } catch {
    throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected a payload that opens under the tenant key, found one that does not')
  }
}

function encrypt(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  const end = sealed.length - tagBytes
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAuthTag(sealed.subarray(end))
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes, end)), decipher.final()])
}
