// Bundles that break a rule of the file itself: container, sums, schemas, chain.
import { digest } from '../../runtime/digest.ts'
import { body, broken, type Case, receipt } from './case.ts'
import { genesis } from './log.ts'
import type { Forgery } from './pack.ts'
import { enforcedByAllow } from './stories.ts'
import { at, bundleKey, changeId } from './world.ts'

const allow = () => enforcedByAllow()

const flip = (zip: Buffer, offset: number): Buffer => {
  zip.writeUInt8(zip.readUInt8(offset) ^ 1, offset)
  return zip
}

const addFile = (path: string): Forgery => ({ files: (files) => files.set(path, Buffer.from('x')) })

export const brokenFiles: readonly Case[] = [
  broken(
    'trailing_byte',
    allow,
    'container',
    'ZIP_NOT_CANONICAL',
    { zip: (zip) => Buffer.concat([zip, Buffer.of(0)]) },
    'One byte follows the end record.',
  ),
  broken('zip_time', allow, 'container', 'ZIP_NOT_CANONICAL', { zip: (zip) => flip(zip, 10) }, 'A local header carries another time.'),
  broken('bad_name', allow, 'container', 'ZIP_BAD_NAME', addFile('not allowed.txt'), 'A file name holds a blank.'),
  broken('path_escape', allow, 'container', 'ZIP_BAD_NAME', addFile('../escape'), 'A file name leaves the folder.'),
  broken('case_twins', allow, 'container', 'ZIP_BAD_NAME', addFile('MANIFEST.json'), 'Two names differ in case alone.'),
  broken('byte_flipped', allow, 'container', 'ZIP_BAD_CRC', { zip: (zip) => flip(zip, 40) }, 'One byte of README.txt is flipped.'),
  broken(
    'no_checkpoint',
    allow,
    'container',
    'FILE_MISSING',
    { files: (files) => files.delete('log/checkpoint') },
    'The checkpoint is left out, sums and signature are made anew.',
  ),
  broken(
    'no_signature',
    allow,
    'container',
    'FILE_MISSING',
    { sealed: (files) => files.delete(`sig/bundle.${bundleKey.keyId.slice(0, 8)}.sigstore.json`) },
    'The seal is left out.',
  ),
  broken('extra_file', allow, 'container', 'FILE_UNEXPECTED', addFile('notes.txt'), 'A file no spec knows is added and summed.'),

  broken('sums_form', allow, 'sums', 'SUMS_MALFORMED', { sums: (sums) => sums.replace('  ', ' *') }, 'SHA256SUMS marks a file as binary.'),
  broken(
    'sums_incomplete',
    allow,
    'sums',
    'SUMS_INCOMPLETE',
    { sums: (sums) => sums.replace(/^.*README.txt\n/, '') },
    'README.txt is not in SHA256SUMS.',
  ),
  broken(
    'sums_wrong',
    allow,
    'sums',
    'SUMS_MISMATCH',
    { sums: (sums) => sums.replace(/^.{64}/, '0'.repeat(64)) },
    'SHA256SUMS names another digest, and is signed so.',
  ),
  broken(
    'blob_misnamed',
    allow,
    'sums',
    'BLOB_MISNAMED',
    { files: (files) => files.set(`blobs/sha256/${'0'.repeat(64)}`, Buffer.from('{}')) },
    'A blob is stored under another digest.',
  ),

  broken(
    'manifest_line_break',
    allow,
    'schemas',
    'JSON_NOT_CANONICAL',
    { files: (files) => files.set('manifest.json', Buffer.concat([files.get('manifest.json') ?? Buffer.of(), Buffer.from('\n')])) },
    'A line break ends manifest.json.',
  ),
  broken(
    'manifest_extra_field',
    allow,
    'schemas',
    'SCHEMA_MISMATCH',
    { manifest: (manifest) => ({ ...manifest, note: 'x' }) },
    'The manifest has a field no schema knows.',
  ),
  broken(
    'receipt_extra_field',
    allow,
    'schemas',
    'SCHEMA_MISMATCH',
    body('change', { note: 'x' }),
    'A receipt body has a field no schema knows.',
  ),
  broken(
    'spec_unknown',
    allow,
    'schemas',
    'SPEC_UNKNOWN',
    { manifest: (manifest) => ({ ...manifest, spec: 1 }) },
    'The manifest is of a version that does not exist yet: nobody can judge it.',
  ),
  broken(
    'kind_unknown',
    allow,
    'schemas',
    'KIND_UNKNOWN',
    receipt('verdict', (one) => ({ ...one, kind: 'target_mode' })),
    "A receipt is of a kind that has no place in a change's stream.",
  ),

  broken(
    'seq_gap',
    allow,
    'chain',
    'CHAIN_SEQ',
    receipt('outcome', (one) => ({ ...one, seq: one.seq + 1 })),
    'A sequence number is skipped.',
  ),
  broken(
    'chain_broken',
    allow,
    'chain',
    'CHAIN_PREV',
    receipt('outcome', (one) => ({ ...one, prev: digest('another line') })),
    'A receipt follows another line.',
  ),
  broken(
    'genesis_of_another_stream',
    allow,
    'chain',
    'CHAIN_PREV',
    receipt('change', (one) => ({ ...one, prev: genesis('another/stream') })),
    'The first receipt begins another stream.',
  ),
  broken(
    'other_stream',
    allow,
    'chain',
    'CHAIN_STREAM',
    receipt('outcome', (one) => ({ ...one, stream: `change/${changeId('other')}` })),
    'A receipt names another stream.',
  ),
  broken(
    'time_backwards',
    allow,
    'chain',
    'CHAIN_TIME',
    receipt('recorded', (one) => ({ ...one, at: at(2) })),
    'A receipt is older than the one before it.',
  ),
]
