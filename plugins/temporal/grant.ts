// The grant of a governed activity. Its token is made for this activity and lives in its memory alone.
import { codeOf } from '../../core/errors.ts'
import { failureOf } from './failures.ts'
import { currentPassage, notGoverned } from './gate.ts'

/**
 * `granted`: redeem the token inside the transaction that does the work. `redeemed`: an earlier try of this activity committed the work;
 * there is nothing left to do. `review`: the target is in review, do the work as ever.
 */
export type Grant =
  | { change_id: string; state: 'granted'; token: string }
  | { change_id: string; state: 'redeemed' | 'review'; token: null }

/**
 * A grant for one login of the warehouse, inside a governed activity; one made before for the same change is revoked. The token is a
 * secret: never return it, never log it. ApplicationFailure ClyraNotGoverned outside, ClyraRefused when Clyra gives none.
 */
export async function grant(login: string): Promise<Grant> {
  const { api, permit } = passage()
  const { change_id, mode } = permit
  if (mode === 'review') return { change_id, state: 'review', token: null }
  try {
    return { change_id, state: 'granted', token: (await api.grant(change_id, login)).token }
  } catch (error) {
    if (codeOf(error) === 'CLYRA_GRANT_REDEEMED') return { change_id, state: 'redeemed', token: null }
    throw failureOf(error, 'ClyraRefused')
  }
}

function passage(): ReturnType<typeof currentPassage> {
  try {
    return currentPassage()
  } catch (error) {
    throw notGoverned(error)
  }
}
