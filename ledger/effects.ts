// What enforcement saw before COMMIT, by attempt.
import { ClyraError } from '../core/errors.ts'
import type { Statement, Store } from './store.ts'
import type { Effects } from './types.ts'

const put: Statement = {
  name: 'put_effect',
  text: 'insert into clyra.effects (change_id, attempt, effect_digest) values ($1, $2, $3) on conflict do nothing returning change_id',
}
const get: Statement = { name: 'get_effect', text: 'select effect_digest from clyra.effects where change_id = $1 and attempt = $2' }

/** Effects: the first of an attempt stays. */
export function openEffects(store: Store): Effects {
  const find: Effects['get'] = async (changeId, attempt) => {
    const [row] = await store.query<{ effect_digest: string }>(get, [changeId, attempt])
    return row?.effect_digest ?? null
  }
  return {
    async put(changeId, attempt, effectDigest) {
      const written = await store.query(put, [changeId, attempt, effectDigest])
      if (written.length === 0 && (await find(changeId, attempt)) !== effectDigest) {
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', `expected one effect for attempt ${attempt}, found another stored`)
      }
    },
    get: find,
  }
}
