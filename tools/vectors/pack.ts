// Packs a told story into a bundle by hand, so that a forgery may bend any part of it and everything after is made to fit again.
import { canonical } from '../../core/canonical.ts'
import type { AttestationSox, DefManifest, DefStatement } from '../../core/generated/types.ts'
import type { Signer } from '../../core/ports.ts'
import { attestationPath, soxStatement } from '../../evidence/attest.ts'
import type { BlobInput, BundleInput } from '../../evidence/bundle.ts'
import { manifestOf } from '../../evidence/manifest.ts'
import { byBytes } from '../../evidence/order.ts'
import { readme } from '../../evidence/readme.ts'
import { signSigstoreBundle } from '../../evidence/sigstore-bundle.ts'
import { bundleId, sha256Sums, subjectOf } from '../../evidence/sums.ts'
import type { Trust } from '../../evidence/trust.ts'
import { encode } from '../../evidence/zip.ts'
import { digest, sha256Hex } from '../../runtime/digest.ts'
import { checkpointText, edgeOf, type Line, rootOf, signedNote } from './log.ts'
import { type Bending, type Step, type ToldLine, tell } from './steps.ts'
import { attestKey, bundleKey, logKey, logName, tenant, trust } from './world.ts'

/** A change as it happened: what precedes the bundle in its stream, the bundle's own receipts, and what they name. */
export interface Story {
  change_id: string
  /** Lines of the stream before the bundle's range. */
  earlier: readonly Line[]
  steps: readonly Step[]
  blobs: readonly BlobInput[]
  sealed_at: string
  attested: boolean
  /** ID tokens that a verifier is given. */
  disclosed?: readonly string[]
}

type Files = Map<string, Uint8Array>

/** How a bundle is bent, from the inside out. All that is not named stays right, and is made anew over what was bent. */
export interface Forgery extends Bending {
  steps?: (steps: readonly Step[]) => readonly Step[]
  blobs?: (blobs: readonly BlobInput[]) => readonly BlobInput[]
  /** The text of a checkpoint before it is signed. */
  checkpoint?: (text: string, path: string) => string
  /** The signed checkpoint. */
  note?: (note: string, path: string) => string
  logSigner?: Signer
  manifest?: (manifest: DefManifest) => object
  /** The files before they are summed. */
  files?: (files: Files) => void
  sums?: (sums: string) => string
  statement?: (statement: DefStatement) => object
  signer?: Signer
  attestation?: (statement: AttestationSox) => object
  attestSigner?: Signer
  /** The files after they were signed. */
  sealed?: (files: Files) => void
  zip?: (zip: Buffer) => Uint8Array
  trust?: (trust: Trust) => Trust
}

export const originOf = (change_id: string): string => `${logName}/change/${change_id}`

export const linesOf = ({ change_id, earlier, steps }: Story, forgery: Forgery = {}): readonly ToldLine[] =>
  tell(`change/${change_id}`, originOf(change_id), earlier, forgery.steps?.(steps) ?? steps, forgery)

/** What the producer is handed for a story: the same parts, unbent. */
export async function bundleInput(story: Story, lines: readonly ToldLine[], forgery: Forgery = {}): Promise<BundleInput> {
  const start = story.earlier.length
  const texts = [...story.earlier, ...lines].map(({ line }) => line)
  const before = texts.slice(0, start)
  const origin = originOf(story.change_id)
  const certificates = lines.flatMap(({ envelope: text }) => (text === undefined ? [] : [{ text, role: 'certificate' as const }]))
  const blobs = [...story.blobs, ...certificates]
  const checkpoint = async (path: string, covered: readonly string[]): Promise<string> => {
    const text = checkpointText(origin, covered.length, rootOf(covered))
    const note = await signedNote(forgery.checkpoint?.(text, path) ?? text, logName, forgery.logSigner ?? logKey)
    return forgery.note?.(note, path) ?? note
  }
  return {
    receipts: lines,
    start,
    end: texts.length,
    prevCheckpoint: start === 0 ? null : await checkpoint('log/prev.checkpoint', before),
    edge: edgeOf(before),
    prevRoot: start === 0 ? null : rootOf(before),
    checkpoint: await checkpoint('log/checkpoint', texts),
    root: rootOf(texts),
    origin,
    blobs: forgery.blobs?.(blobs) ?? blobs,
    tenant,
    producer: { name: 'clyra', version: '0.1.0', workflow_bundle: digest('workflow code') },
    simulated: [],
    sealed_at: story.sealed_at,
    signer: forgery.signer ?? bundleKey,
  }
}

/** The evidence file of a story, bent by a forgery. */
export async function pack(story: Story, forgery: Forgery = {}): Promise<Uint8Array> {
  const lines = linesOf(story, forgery)
  const input = await bundleInput(story, lines, forgery)
  const files: Files = new Map()
  const put = (path: string, text: string) => files.set(path, Buffer.from(text))

  const blobs = new Map(input.blobs.map((blob) => [digest(blob.text), blob]))
  for (const { text } of blobs.values()) put(`blobs/sha256/${sha256Hex(text)}`, text)
  put('README.txt', readme)
  put('log/receipts.jsonl', lines.map(({ line }) => `${line}\n`).join(''))
  put('log/checkpoint', input.checkpoint)
  if (input.start > 0) {
    put('log/prev.checkpoint', input.prevCheckpoint ?? '')
    put('log/edge', [`${input.start}`, ...input.edge.map((root) => Buffer.from(root).toString('base64')), ''].join('\n'))
  }
  const honest = manifestOf(input, blobs)
  const manifest = forgery.manifest?.(structuredClone(honest)) ?? honest
  put('manifest.json', canonical(manifest))
  forgery.files?.(files)
  const sums = sha256Sums(files)
  put('SHA256SUMS', forgery.sums?.(sums) ?? sums)
  await sign(files, story, lines, manifest as DefManifest, forgery)
  forgery.sealed?.(files)
  const zip = encode(new Map([...files].sort(([a], [b]) => byBytes(a, b))))
  return forgery.zip?.(zip) ?? zip
}

async function sign(files: Files, story: Story, lines: readonly Line[], manifest: DefManifest, forgery: Forgery): Promise<void> {
  const { signer = bundleKey, attestSigner = attestKey } = forgery
  const bundle_id = bundleId(files.get('SHA256SUMS') ?? '')
  const statement: DefStatement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjectOf(bundle_id),
    predicateType: 'https://clyra.dev/spec/def/v0',
    predicate: {
      bundle_id,
      origin: manifest.origin,
      ...manifest.range,
      prev_root: manifest.prev_root,
      root: manifest.root,
      manifest_digest: digest(files.get('manifest.json') ?? ''),
    },
  }
  const text = await signSigstoreBundle(forgery.statement?.(structuredClone(statement)) ?? statement, signer)
  files.set(`sig/bundle.${signer.keyId.slice(0, 8)}.sigstore.json`, Buffer.from(text))
  if (!story.attested) return
  const attestation = soxStatement({
    receipts: lines,
    blobs: manifest.blobs.map((blob) => blob.digest),
    bundle_id,
    attested_at: story.sealed_at,
  })
  const attested = await signSigstoreBundle(forgery.attestation?.(structuredClone(attestation)) ?? attestation, attestSigner)
  files.set(attestationPath('sox', attestSigner.keyId), Buffer.from(attested))
}

/** The trust a bent bundle is judged under. */
export const trustOf = ({ trust: bend }: Forgery): Trust => bend?.(structuredClone(trust)) ?? trust
