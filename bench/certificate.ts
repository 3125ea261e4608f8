// What verifying a certificate costs beside the bare signature checks in it. `node bench/certificate.ts` takes seconds and prints the table.
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import type { DsseEnvelope } from '../core/generated/types.ts'
import { pae } from '../evidence/dsse.ts'
import { certificateRefusal } from '../evidence/verify-certificate.ts'
import { type Certified, certifiedCase } from '../tests/support/certified.ts'
import { median } from './stats.ts'

export interface CertificateCost {
  grade: 'standard' | 'enhanced'
  quorum: number
  signatures: number
  /** Microseconds by round. */
  full: number[]
  bare: number[]
}

const [warmUp, turns, perTurn] = [3000, 11, 100]

/** Both grades with one and three approvals; what they are verified against is already read. Both sides take turns. */
export async function certificateCosts(rounds: number): Promise<CertificateCost[]> {
  const costs: CertificateCost[] = []
  for (const grade of ['standard', 'enhanced'] as const)
    for (const quorum of [1, 3]) costs.push(await costOf(await certifiedCase({ grade, quorum }), { grade, quorum }, rounds))
  return costs
}

async function costOf(one: Certified, kind: Pick<CertificateCost, 'grade' | 'quorum'>, rounds: number): Promise<CertificateCost> {
  const checks = bareChecks(one)
  const full = () => demand(certificateRefusal(one) === null)
  const bare = () => demand(checks.every(({ message, key, signature }) => verify('sha256', message(), key, signature)))
  for (const side of [full, bare]) microseconds(side, warmUp)
  const found: CertificateCost = { ...kind, signatures: checks.length, full: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    const pairs = Array.from({ length: turns }, () => [microseconds(full, perTurn), microseconds(bare, perTurn)] as const)
    found.full.push(median(pairs.map(([time]) => time)))
    found.bare.push(median(pairs.map(([, time]) => time)))
  }
  return found
}

function microseconds(work: () => void, times: number): number {
  const began = performance.now()
  for (let done = 0; done < times; done++) work()
  return ((performance.now() - began) * 1000) / times
}

function demand(holds: boolean): void {
  if (!holds) throw new Error('expected every signature to be right')
}

interface Check {
  key: KeyObject
  /** What was signed, put together from decoded bytes: the PAE, or what WebAuthn makes of the client data. */
  message: () => Buffer
  signature: Buffer
}

/** Every signature of the case. Keys are read and base64 is decoded before; what is signed is put together and verified. */
function bareChecks({ certificate, blobs, registry, door }: Certified): Check[] {
  const envelope = (digest: string) => JSON.parse(blobs.get(digest) ?? '') as DsseEnvelope
  const messageOf = ({ payloadType, payload }: DsseEnvelope) => {
    const body = bytes(payload)
    return () => pae(payloadType, body)
  }
  const signed = envelope(certificate.envelope_digest)
  const decisions = certificate.decisions.flatMap(({ envelope_digest, key_id }) => {
    const decision = envelope(envelope_digest)
    const key = keyOf(bytes(registry.approvers.find((approver) => approver.key_id === key_id)?.spki ?? ''))
    return decision.signatures.map(({ sig, webauthn, id_token }): Check => {
      if (id_token !== undefined) return tokenCheck(registry.id_tokens.get(id_token.digest) ?? '', registry.idp_keys[0]?.spki ?? '')
      return { key, message: webauthn ? assertedOf(webauthn) : messageOf(decision), signature: bytes(sig) }
    })
  })
  return [
    { key: keyOf(door.certificateKey.spki), message: messageOf(signed), signature: bytes(signed.signatures[0]?.sig ?? '') },
    ...decisions,
  ]
}

function assertedOf(webauthn: { authenticator_data: string; client_data: string }): () => Buffer {
  const [authenticatorData, clientData] = [bytes(webauthn.authenticator_data), bytes(webauthn.client_data)]
  return () => Buffer.concat([authenticatorData, hash('sha256', clientData, 'buffer')])
}

function tokenCheck(token: string, spki: string): Check {
  const end = token.lastIndexOf('.')
  const message = Buffer.from(token.slice(0, end))
  return { key: keyOf(bytes(spki)), message: () => message, signature: Buffer.from(token.slice(end + 1), 'base64url') }
}

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
const keyOf = (spki: Uint8Array): KeyObject => createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })

if (import.meta.main) {
  const { certificatesTable } = await import('./report.ts')
  console.log(certificatesTable(await certificateCosts(5)))
}
