// Keys and trust of the fixtures, made anew in every process.
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** A key pair and how trust names it. */
export interface Pair {
  privateKey: KeyObject
  spki: Buffer
  id: string
}

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest()

function pair(kind: 'ec' | 'ed25519' | 'rsa'): Pair {
  const made = {
    ec: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    ed25519: () => generateKeyPairSync('ed25519'),
    rsa: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }
  const { privateKey, publicKey } = made[kind]()
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  return { privateKey, spki, id: sha256(spki).toString('hex') }
}

export const keys = {
  log: pair('ed25519'),
  otherLog: pair('ed25519'),
  bundle: pair('ec'),
  attest: pair('ec'),
  edBundle: pair('ed25519'),
  expired: pair('ec'),
  stranger: pair('ec'),
  anna: pair('ec'),
  ben: pair('ec'),
  pia: pair('ec'),
  revoked: pair('ec'),
  approval: pair('ec'),
  overApproval: pair('ec'),
  idpRsa: pair('rsa'),
  idpEc: pair('ec'),
}

export const logName = 'clyra.test/log'
/** What trust says of Pia's key. */
export const passkey = { credential_id: 'cGlh', origin: 'http://localhost:8080', rp_id: 'localhost' }
export const enrolledAt = '2026-01-01T00:00:00.000Z'

/** Whose tokens count, and what is demanded of them. */
export const provider = {
  acr_values: ['phr', 'phrh'],
  client_id: 'clyra',
  iss: 'https://idp.test/acme',
  max_age_seconds: 300,
  tenant_claim: { name: 'tid', value: 'acme-tenant' },
}

/** How receipts name an account of the provider. */
export const subjectId = (sub: string): string => sha256(JSON.stringify([provider.iss, sub])).toString('hex')

/** ES256 (DER), RS256 or Ed25519, by the key. */
export const signWith = (key: Pair, message: Uint8Array): Buffer =>
  sign(key.privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key.privateKey)

/** C2SP key hash of a log key. */
export const keyHash = (key: Pair): Buffer =>
  sha256(Buffer.concat([Buffer.from(`${logName}\n`), Buffer.of(1), key.spki.subarray(-32)])).subarray(0, 4)

const vkey = (key: Pair): string =>
  `${logName}+${keyHash(key).toString('hex')}+${Buffer.concat([Buffer.of(1), key.spki.subarray(-32)]).toString('base64')}`

const trustKey = (alg: string, key: Pair, purposes: string[], not_after: string | null) => ({
  alg,
  key_id: key.id,
  not_after,
  not_before: enrolledAt,
  purposes,
  revoked_at: null,
  spki: key.spki.toString('base64'),
})

const approver = (person: string, key: Pair, revoked_at: string | null) => ({
  alg: 'ES256',
  enrolled_at: enrolledAt,
  key_id: key.id,
  person,
  revoked_at,
  spki: key.spki.toString('base64'),
})

const subject = (person: string, sub: string, unlinked_at: string | null) => ({
  iss: provider.iss,
  linked_at: enrolledAt,
  person,
  sub,
  subject_id: subjectId(sub),
  unlinked_at,
})

const idpKey = (alg: string, kid: string, key: Pair) => ({ alg, kid, seen_at: enrolledAt, spki: key.spki.toString('base64') })

/** The files of a trust directory. */
export const trustFiles: Record<string, string> = {
  'log.policy': `# fixture\nlog ${vkey(keys.log)}\nquorum none\n`,
  'keys.json': JSON.stringify({
    keys: [
      trustKey('ES256', keys.bundle, ['bundle'], null),
      trustKey('ES256', keys.attest, ['attest'], null),
      trustKey('Ed25519', keys.edBundle, ['bundle', 'attest'], null),
      trustKey('ES256', keys.approval, ['approval'], null),
      trustKey('ES256', keys.overApproval, ['approval'], '2026-02-01T00:00:00.000Z'),
      trustKey('ES256', keys.expired, ['bundle', 'attest'], '2026-02-01T00:00:00.000Z'),
    ],
    spec: 0,
  }),
  'approvers.json': `${JSON.stringify({
    approvers: [
      approver('anna@example.com', keys.anna, null),
      approver('ben@example.com', keys.ben, null),
      approver('carl@example.com', keys.revoked, '2026-02-01T00:00:00.000Z'),
      { ...approver('pia@example.com', keys.pia, null), webauthn: passkey },
    ],
    spec: 0,
    subjects: [
      subject('anna@example.com', 'anna-1', null),
      subject('pia@example.com', 'pia-1', null),
      subject('carl@example.com', 'carl-1', '2026-02-01T00:00:00.000Z'),
    ],
  })}\n`,
  'idp.json': JSON.stringify({
    providers: [
      {
        ...{ acr_values: provider.acr_values, client_id: provider.client_id, iss: provider.iss },
        keys: [idpKey('RS256', 'rsa-1', keys.idpRsa), idpKey('ES256', 'ec-1', keys.idpEc)],
        ...{ max_age_seconds: provider.max_age_seconds, tenant_claim: provider.tenant_claim },
      },
    ],
    spec: 0,
  }),
}
