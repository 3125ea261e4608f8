// What enforcement saw before COMMIT, by attempt.
import type { Statement, Store } from './store.ts'
import type { Effects } from './types.ts'

const put: Statement = { name: 'put_effect', text: 'insert into clyra.effects (change_id, attempt, effect_digest) values ($1, $2, $3)' }
const get: Statement = {
  name: 'get_effect',
  text: 'select effect_digest from clyra.effects where change_id = $1 and attempt = $2 order by id desc limit 1',
}

/** Effects: each try of an attempt adds its own, the last one counts. */
export const openEffects = (store: Store): Effects => ({
  async put(changeId, attempt, effectDigest) {
    await store.query(put, [changeId, attempt, effectDigest])
  },
  async get(changeId, attempt) {
    const [row] = await store.query<{ effect_digest: string }>(get, [changeId, attempt])
    return row?.effect_digest ?? null
  },
})
