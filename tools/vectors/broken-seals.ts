// Bundles that break a rule of the log's heads and the signatures: form, tree, checkpoint, signature, attestations.
import { digest } from '../../runtime/digest.ts'
import { broken, type Case } from './case.ts'
import { ed25519, es256 } from './keys.ts'
import { checkpointText, rootOf } from './log.ts'
import type { Forgery } from './pack.ts'
import * as stories from './stories.ts'
import { attestKey, bundleKey } from './world.ts'

const allow = () => stories.enforcedByAllow()
const otherRoot = rootOf(['another log'])
const otherRootText = `sha256:${otherRoot.toString('hex')}`

/** Signs a checkpoint of the same size over another root. */
const overOtherRoot = (path: string): Pick<Forgery, 'checkpoint'> => ({
  checkpoint: (text, which) => {
    const [origin = '', size] = text.split('\n')
    return which === path ? checkpointText(origin, Number(size), otherRoot) : text
  },
})

/** Changes the signed statement of a file under sig/ and keeps its signature. */
const unsigned = (prefix: string, from: string, to: string): Forgery => ({
  sealed: (files) => {
    const path = [...files.keys()].find((name) => name.startsWith(prefix)) ?? ''
    const file = JSON.parse(Buffer.from(files.get(path) ?? '').toString())
    const statement = Buffer.from(file.dsseEnvelope.payload, 'base64').toString().replace(from, to)
    const payload = Buffer.from(statement).toString('base64')
    files.set(
      path,
      Buffer.from(
        Buffer.from(files.get(path) ?? '')
          .toString()
          .replace(file.dsseEnvelope.payload, payload),
      ),
    )
  },
})

const ended = (keyId: string, field: 'not_after' | 'revoked_at'): Forgery => ({
  trust: (trust) => ({
    ...trust,
    keys: trust.keys.map((key) => (key.key_id === keyId ? { ...key, [field]: '2026-01-02T00:00:00.000Z' } : key)),
  }),
})

export const brokenSeals: readonly Case[] = [
  broken(
    'checkpoint_form',
    allow,
    'schemas',
    'CHECKPOINT_MALFORMED',
    { checkpoint: (text) => text.replace(/\n(\d+)\n/, '\n0$1\n') },
    'The size of the checkpoint has a leading zero.',
  ),
  broken(
    'edge_form',
    stories.secondAttempt,
    'schemas',
    'EDGE_MALFORMED',
    {
      files: (files) =>
        files.set('log/edge', Buffer.concat([files.get('log/edge') ?? Buffer.of(), Buffer.from(`${otherRoot.toString('base64')}\n`)])),
    },
    'The edge has one root too many.',
  ),
  broken(
    'other_root',
    allow,
    'tree',
    'TREE_ROOT',
    { ...overOtherRoot('log/checkpoint'), manifest: (manifest) => ({ ...manifest, root: otherRootText }) },
    'The checkpoint is signed over another root.',
  ),
  broken(
    'other_past',
    stories.secondAttempt,
    'tree',
    'TREE_PREV_ROOT',
    { ...overOtherRoot('log/prev.checkpoint'), manifest: (manifest) => ({ ...manifest, prev_root: otherRootText }) },
    'The previous checkpoint is signed over another root than the edge has.',
  ),

  broken(
    'other_origin',
    allow,
    'checkpoint',
    'CHECKPOINT_ORIGIN',
    { checkpoint: (text) => text.replace('vectors.', 'other.') },
    'The checkpoint is of another log.',
  ),
  broken(
    'log_untrusted',
    allow,
    'checkpoint',
    'CHECKPOINT_UNTRUSTED',
    { logSigner: ed25519('stranger') },
    'A log nobody trusts signed the checkpoint.',
  ),
  broken(
    'checkpoint_signature',
    allow,
    'checkpoint',
    'CHECKPOINT_SIGNATURE',
    { note: (note) => note.replace(/.{8}\n$/, 'AAAAAA==\n') },
    'The signature of the trusted log is not right.',
  ),

  broken(
    'statement_of_another_range',
    allow,
    'signature',
    'STATEMENT_MISMATCH',
    { statement: (statement) => ({ ...statement, predicate: { ...statement.predicate, end: statement.predicate.end + 1 } }) },
    'The signed statement names another range.',
  ),
  broken(
    'bundle_key_untrusted',
    allow,
    'signature',
    'SIGNATURE_UNTRUSTED',
    { signer: es256('stranger') },
    'A key nobody trusts sealed the bundle.',
  ),
  broken(
    'bundle_key_purpose',
    allow,
    'signature',
    'SIGNATURE_PURPOSE',
    { signer: attestKey },
    'A key trusted for attestations sealed the bundle.',
  ),
  broken('bundle_key_expired', allow, 'signature', 'SIGNATURE_EXPIRED', ended(bundleKey.keyId, 'not_after'), 'The bundle key has expired.'),
  broken(
    'bundle_key_revoked',
    allow,
    'signature',
    'SIGNATURE_EXPIRED',
    ended(bundleKey.keyId, 'revoked_at'),
    'The bundle key was revoked.',
  ),
  broken(
    'bundle_signature',
    allow,
    'signature',
    'SIGNATURE_INVALID',
    unsigned('sig/bundle.', '"start":0', '"start":1'),
    'The statement was changed after it was signed.',
  ),

  broken(
    'attestation_of_another_bundle',
    allow,
    'attestations',
    'ATTESTATION_MISMATCH',
    { attestation: (one) => ({ ...one, predicate: { ...one.predicate, bundle_id: digest('another bundle') } }) },
    'The attestation is about another bundle.',
  ),
  broken(
    'attestation_flatters',
    stories.ambiguous,
    'attestations',
    'ATTESTATION_CONTROLS',
    { attestation: (one) => JSON.parse(JSON.stringify(one).replace('"status":"insufficient"', '"status":"satisfied"')) },
    'The attestation calls a control satisfied that is not.',
  ),
  broken(
    'attestation_key_untrusted',
    allow,
    'attestations',
    'SIGNATURE_UNTRUSTED',
    { attestSigner: es256('stranger') },
    'A key nobody trusts signed the attestation.',
  ),
  broken(
    'attestation_key_purpose',
    allow,
    'attestations',
    'SIGNATURE_PURPOSE',
    { attestSigner: bundleKey },
    'A key trusted for bundles signed the attestation.',
  ),
  broken(
    'attestation_key_expired',
    allow,
    'attestations',
    'SIGNATURE_EXPIRED',
    ended(attestKey.keyId, 'not_after'),
    'The attestation key has expired.',
  ),
  broken(
    'attestation_signature',
    allow,
    'attestations',
    'SIGNATURE_INVALID',
    unsigned('sig/attest.', 'Authorised', 'authorised'),
    'The attestation was changed after it was signed.',
  ),
]
