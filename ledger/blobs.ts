// Canonical JSON that evidence carries whole (policies, signed decisions, snapshots, effects), named by its hash.
import { ClyraError } from '../core/errors.ts'
import { digest as digestOf } from '../runtime/digest.ts'
import type { Statement, Store } from './store.ts'
import type { Blobs } from './types.ts'

const put: Statement = {
  name: 'put_blob',
  text: `insert into clyra.blobs (tenant, digest, content)
    select $1, digest, content from unnest($2::text[], $3::text[]) as blob (digest, content) on conflict do nothing`,
}
const get: Statement = { name: 'get_blob', text: 'select digest, content from clyra.blobs where tenant = $1 and digest = any ($2)' }

/** The blob store. `get` and `getAll` throw CLYRA_LEDGER_CORRUPT for content that is not what its name says. */
export function openBlobs(store: Store): Blobs {
  const putAll: Blobs['putAll'] = async (tenant, texts) => {
    await store.query(put, [tenant, texts.map((text) => digestOf(text)), texts])
  }
  const getAll: Blobs['getAll'] = async (tenant, digests) => {
    const rows = await store.query<{ digest: string; content: string }>(get, [tenant, digests])
    if (rows.some(({ digest, content }) => digestOf(content) !== digest))
      throw new ClyraError('CLYRA_LEDGER_CORRUPT', 'expected a blob that hashes to its name')
    return new Map(rows.map(({ digest, content }) => [digest, content]))
  }
  return {
    async put(tenant, text) {
      await putAll(tenant, [text])
      return digestOf(text)
    },
    putAll,
    get: async (tenant, digest) => (await getAll(tenant, [digest])).get(digest) ?? null,
    getAll,
  }
}
