// The trust directory a verifier is given (spec/verifier-cli.md): log policy, keys, approvers, and PEM copies for openssl.
import { createPublicKey, randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical } from '../core/canonical.ts'
import type { TrustApprovers, TrustIdp, TrustKeys } from '../core/generated/types.ts'
import type { IdpKey, Provider } from '../core/sign-on.ts'
import { keyId } from '../runtime/keys.ts'
import { demand } from './schemas.ts'
import { vkeyOf } from './vkey.ts'

export interface Trust {
  /** C2SP vkeys of the logs. */
  logs: readonly string[]
  keys: TrustKeys['keys']
  approvers: TrustApprovers['approvers']
  subjects: TrustApprovers['subjects']
  providers: TrustIdp['providers']
}

/** What an installation vouches for: its log, its bundle key (which also attests), its certificate key, its approvers, its provider. */
export interface Installation {
  logName: string
  checkpointSpki: Uint8Array
  bundleSpki: Uint8Array
  certificateSpki: Uint8Array
  approvers: TrustApprovers['approvers']
  subjects: TrustApprovers['subjects']
  provider: Provider | null
  /** Every key that was ever seen of the provider. */
  idpKeys: readonly IdpKey[]
}

/** Writes the directory, each file whole or not at all. The same installation gives the same bytes. CLYRA_EVIDENCE_INVALID. */
export async function writeTrust(dir: string, installation: Installation): Promise<void> {
  const { logName, checkpointSpki, bundleSpki, certificateSpki, approvers, subjects, provider, idpKeys } = installation
  const files = trustFiles({
    logs: [vkeyOf(logName, checkpointSpki)],
    keys: [trustedKey(bundleSpki, ['bundle', 'attest']), trustedKey(certificateSpki, ['approval'])],
    approvers,
    subjects,
    providers: provider === null ? [] : [providerOf(provider, idpKeys)],
  })
  await mkdir(dir, { recursive: true })
  for (const [file, text] of files) {
    const partial = join(dir, `.${file}.${randomUUID()}.part`)
    await writeFile(partial, text)
    await rename(partial, join(dir, file))
  }
}

const providerOf = ({ iss, acr_values, ...provider }: Provider, keys: readonly IdpKey[]): TrustIdp['providers'][number] => ({
  ...provider,
  iss,
  acr_values: [...acr_values],
  keys: keys.filter((key) => key.iss === iss).map(({ kid, alg, spki, seen_at }) => ({ kid, alg, spki, seen_at })),
})

/** An ES256 key as keys.json lists it, good from the beginning of time until somebody ends it. */
export const trustedKey = (spki: Uint8Array, purposes: TrustKeys['keys'][number]['purposes']): TrustKeys['keys'][number] => ({
  key_id: keyId(spki),
  alg: 'ES256',
  spki: Buffer.from(spki).toString('base64'),
  purposes,
  not_before: '1970-01-01T00:00:00.000Z',
  not_after: null,
  revoked_at: null,
})

/** The files of a trust directory by name. CLYRA_EVIDENCE_INVALID when a key or an approver does not fit its schema. */
export function trustFiles({ logs, keys, approvers, subjects, providers }: Trust): Map<string, string> {
  const keysFile: TrustKeys = { spec: 0, keys }
  const approversFile: TrustApprovers = { spec: 0, approvers, subjects }
  const idpFile: TrustIdp = { spec: 0, providers }
  demand('trust_keys', keysFile)
  demand('trust_approvers', approversFile)
  demand('trust_idp', idpFile)
  return new Map([
    ['log.policy', `${logs.map((log) => `log ${log}\n`).join('')}quorum none\n`],
    ['keys.json', canonical(keysFile)],
    ['approvers.json', canonical(approversFile)],
    ['idp.json', canonical(idpFile)],
    ...[...keys, ...approvers].map(({ key_id, spki }) => [`${key_id.slice(0, 8)}.pem`, pem(spki)] as const),
  ])
}

const pem = (spki: string): string =>
  createPublicKey({ key: Buffer.from(spki, 'base64'), type: 'spki', format: 'der' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
