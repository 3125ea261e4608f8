// Stage 7, attest: what the receipts say about change control, signed beside the sealed bundle.

import type { SigstoreBundle } from '../core/generated/types.ts'
import { changeStream, lastOf, receiptKey } from '../core/receipts.ts'
import type { RunRef } from '../core/stages.ts'
import { attestationPath, attestSox } from '../evidence/attest.ts'
import { addSignature, readSignature } from '../evidence/bundle.ts'
import { readZip } from '../evidence/zip.ts'
import { digest } from '../runtime/digest.ts'
import { changeRow, type Deps, receiptsOf, required, worker } from './deps.ts'

const framework = 'sox'

/** Adds the attestation to the evidence file and appends its receipt. A retry keeps the statement that is in the file. */
export async function attest(deps: Deps, run: RunRef): Promise<{ framework: string; key_id: string }> {
  const { ledger, evidence, signer } = deps
  const row = await changeRow(deps, run)
  const file = required(row.evidence_file, 'a sealed bundle')
  const bundle_id = required(row.bundle_id, 'a bundle id')
  const zip = required(await evidence.read(file), `evidence ${file}`)

  const { receipts: stream, now } = await receiptsOf(deps, run)
  const recorded = required(lastOf(stream, 'recorded'), 'a recorded receipt')
  const receipts = stream.filter(({ receipt }) => receipt.seq <= recorded.seq)
  const path = attestationPath(framework, signer.keyId)
  const present = readSignature(zip, path)
  const blobs = blobDigests(zip)
  const text = present ?? (await attestSox({ receipts, blobs, bundle_id, attested_at: now, signer }))
  if (present === null) await evidence.write(file, await addSignature(zip, path, text))

  await ledger.log.append(changeStream(run.change_id), [
    {
      key: receiptKey.attestation(run.attempt, framework),
      kind: 'attestation',
      actor: worker,
      body: {
        change_id: run.change_id,
        attempt: run.attempt,
        framework,
        bundle_id,
        statement_digest: statementDigest(text),
        key_id: signer.keyId,
      },
    },
  ])
  return { framework, key_id: signer.keyId }
}

const statementDigest = (text: string): string => digest(Buffer.from((JSON.parse(text) as SigstoreBundle).dsseEnvelope.payload, 'base64'))

const blobDigests = (zip: Uint8Array): string[] =>
  [...readZip(zip).keys()].filter((path) => path.startsWith('blobs/')).map((path) => `sha256:${path.split('/').at(-1)}`)
