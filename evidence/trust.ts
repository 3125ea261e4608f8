// The trust directory a verifier is given (spec/verifier-cli.md): log policy, keys, approvers, and PEM copies for openssl.
import { createPublicKey, randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical } from '../core/canonical.ts'
import type { TrustApprovers, TrustKeys } from '../core/generated/types.ts'
import { keyId } from '../runtime/keys.ts'
import { demand } from './schemas.ts'
import { vkeyOf } from './vkey.ts'

export interface Trust {
  /** C2SP vkeys of the logs. */
  logs: readonly string[]
  keys: TrustKeys['keys']
  approvers: TrustApprovers['approvers']
}

/** What an installation vouches for: its log, its bundle key (which also attests) and its approvers. */
export interface Installation {
  logName: string
  checkpointSpki: Uint8Array
  bundleSpki: Uint8Array
  approvers: TrustApprovers['approvers']
}

/** Writes the directory, each file whole or not at all. The same installation gives the same bytes. CLYRA_EVIDENCE_INVALID. */
export async function writeTrust(dir: string, { logName, checkpointSpki, bundleSpki, approvers }: Installation): Promise<void> {
  const logs = [vkeyOf(logName, checkpointSpki)]
  const files = trustFiles({ logs, keys: [trustedKey(bundleSpki, ['bundle', 'attest'])], approvers })
  await mkdir(dir, { recursive: true })
  for (const [file, text] of files) {
    const partial = join(dir, `.${file}.${randomUUID()}.part`)
    await writeFile(partial, text)
    await rename(partial, join(dir, file))
  }
}

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
export function trustFiles({ logs, keys, approvers }: Trust): Map<string, string> {
  const keysFile: TrustKeys = { spec: 0, keys }
  const approversFile: TrustApprovers = { spec: 0, approvers }
  demand('trust_keys', keysFile)
  demand('trust_approvers', approversFile)
  return new Map([
    ['log.policy', `${logs.map((log) => `log ${log}\n`).join('')}quorum none\n`],
    ['keys.json', canonical(keysFile)],
    ['approvers.json', canonical(approversFile)],
    ...[...keys, ...approvers].map(({ key_id, spki }) => [`${key_id.slice(0, 8)}.pem`, pem(spki)] as const),
  ])
}

const pem = (spki: string): string =>
  createPublicKey({ key: Buffer.from(spki, 'base64'), type: 'spki', format: 'der' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
