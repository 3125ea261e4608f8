// Canonical JSON that evidence carries whole (policies, signed decisions, snapshots, effects), named by its hash.
import { ClyraError } from '../core/errors.ts'
import { digest as digestOf } from '../runtime/digest.ts'
import type { Statement, Store } from './store.ts'
import type { Blobs } from './types.ts'

const put: Statement = {
  name: 'put_blob',
  text: 'insert into clyra.blobs (tenant, digest, content) values ($1, $2, $3) on conflict do nothing',
}
const get: Statement = { name: 'get_blob', text: 'select content from clyra.blobs where tenant = $1 and digest = $2' }

/** The blob store. `get` throws CLYRA_LEDGER_CORRUPT for content that is not what its name says. */
export const openBlobs = (store: Store): Blobs => ({
  async put(tenant, text) {
    const digest = digestOf(text)
    await store.query(put, [tenant, digest, text])
    return digest
  },
  async get(tenant, digest) {
    const [row] = await store.query<{ content: string }>(get, [tenant, digest])
    if (row && digestOf(row.content) !== digest) throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected a blob that hashes to its name')
    return row?.content ?? null
  },
})
