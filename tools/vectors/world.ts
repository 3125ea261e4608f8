// Who and what the golden vectors are about. Every value is fixed.
import { canonical } from '../../core/canonical.ts'
import type { Effect, Policy, SchemaSnapshot, WarehouseAnchorAnchor } from '../../core/generated/types.ts'
import { type Trust, trustedKey } from '../../evidence/trust.ts'
import { vkeyOf } from '../../evidence/vkey.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { linked, provider } from './id-tokens.ts'
import { ed25519, es256 } from './keys.ts'

export const tenant = 'acme'
export const logName = 'vectors.clyra.dev'
export const logKey = ed25519('log')
export const bundleKey = es256('bundle')
export const attestKey = es256('attest')
/** Signs certificates, and the denials of the door. */
export const approvalKey = es256('approval')

/** Minutes (and seconds) after nine o'clock on the day of the vectors. */
export const at = (minutes: number, seconds = 0): string =>
  `2026-01-15T09:${String(minutes).padStart(2, '0')}:${String(seconds).padStart(2, '0')}.000Z`

const base32 = 'abcdefghijklmnopqrstuvwxyz234567'

/** A change id made from a name. */
export const changeId = (name: string): string => {
  const bytes = Buffer.from(sha256Hex(name), 'hex')
  return `chg_${Array.from(bytes.subarray(0, 26), (byte) => base32.charAt(byte % 32)).join('')}`
}

/** A UUID made from a name. */
export const uuid = (name: string): string =>
  sha256Hex(name)
    .slice(0, 32)
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-7$3-8$4-$5')

export const requester = { actor: 'airflow', person: 'ada' }
export const worker = { actor: 'clyra-worker', person: null }

const enrolled = (person: string) => {
  const { keyId, spki } = es256(person)
  return {
    person,
    key_id: keyId,
    alg: 'ES256' as const,
    spki: Buffer.from(spki).toString('base64'),
    enrolled_at: '2026-01-01T00:00:00.000Z',
    revoked_at: null,
  }
}

/** What a verifier is given. Ada may approve, but not what she asked for herself. */
export const trust: Trust = {
  logs: [vkeyOf(logName, logKey.spki)],
  keys: [trustedKey(bundleKey.spki, ['bundle']), trustedKey(attestKey.spki, ['attest']), trustedKey(approvalKey.spki, ['approval'])],
  approvers: ['ada', 'bob', 'carol', 'dave'].map(enrolled),
  subjects: ['bob', 'carol'].map(linked),
  providers: [provider],
}

const policy: Policy = {
  spec: 0,
  policy_id: 'vectors',
  title: 'Policy of the golden vectors',
  data_platform: {
    max_rows_without_approval: 100,
    max_rows: 5000,
    rules: [
      // biome-ignore lint/suspicious/noThenProperty: the word of the policy language
      { id: 'narrow-update', when: 'facts.estimated_rows <= 100', then: 'allow', why: 'Few rows.', refs: ['COBIT 2019 BAI06.01'] },
      // biome-ignore lint/suspicious/noThenProperty: the word of the policy language
      { id: 'many-rows', when: 'facts.estimated_rows > 100', then: 'needs_approval', why: 'Many rows.' },
    ],
  },
  enforcement: { approval: { quorum: 1, deadline_seconds: 1800, certificate_ttl_seconds: 600, eligible_approvers: [] } },
  compliance: { frameworks: ['sox'], body_storage: 'none' },
}

export const policyText = canonical(policy)
export const payloadDigest = digest('the payload of the vectors')

const snapshot = (columns: readonly string[]): SchemaSnapshot => ({
  platform: 'postgres',
  relations: [
    {
      schema: 'shop',
      name: 'orders',
      kind: 'table',
      owner: 'shop_owner',
      columns: columns.map((name, index) => ({
        ordinal: index + 1,
        name,
        type: 'text',
        nullable: true,
        default_hash: null,
        collation: 'pg_catalog.default',
      })),
      parts: [{ name: 'orders_pkey', kind: 'primary_key', definition_hash: digest('PRIMARY KEY (id)') }],
      definition_hash: null,
      grants_hash: digest('grants'),
      row_security: false,
    },
  ],
})

export const snapshotBefore = canonical(snapshot(['id', 'status', 'note']))
export const snapshotAfter = canonical(snapshot(['id', 'status']))

/** The transaction that did the work. */
export const transaction = '742'

const anchor = (position: 'before' | 'after', lsn: string): WarehouseAnchorAnchor => ({
  position,
  platform: 'postgres',
  system_identifier: '7412345678901234567',
  database: 'shop',
  timeline: 1,
  lsn,
  xid: position === 'after' ? transaction : null,
  snapshot: '742:742:',
  role: 'primary',
  strength: 'transaction',
  server_version: '18.4',
  simulated: false,
})

const before = { digest: digest(snapshotBefore), relations: 1 }
const anchorBefore = anchor('before', '0/16B3748')

/** How long a caller may redeem a grant, and how the warehouse stood before the first was issued. */
export const window = { expires_at: at(27), anchor: anchorBefore, before }

/** What enforcement saw: a column went, `rows` rows were written; null where a caller wrote, and nobody counted. */
export const effect = (change_id: string, attempt: number, rows: number | null): Effect => ({
  change_id,
  attempt,
  payload_digest: payloadDigest,
  affected_rows: rows,
  rows_by_statement: rows === null ? [] : [rows],
  before,
  after: { digest: digest(snapshotAfter), relations: 1 },
  anchors: [anchorBefore, anchor('after', '0/16B3A10')],
})
