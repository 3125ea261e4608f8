// Changes whose work a caller did, or was to do, under a grant.
import { canonical } from '../../core/canonical.ts'
import type { BlobInput } from '../../evidence/bundle.ts'
import { digest } from '../../runtime/digest.ts'
import { certificate } from './certificates.ts'
import type { Story } from './pack.ts'
import {
  attempted,
  type Body,
  change,
  decision,
  observations,
  outcome,
  recorded,
  type Scene,
  type Step,
  secondRequester,
  step,
  verdict,
} from './steps.ts'
import { envelopeBlob, first, say, story } from './stories.ts'
import { at, effect, payloadDigest, requester, snapshotAfter, snapshotBefore, transaction, uuid, window } from './world.ts'

/** Who asked second, as `secondRequester` has it. */
export const dagster = { actor: 'dagster', person: 'dave' }

/** `label` tells grants of one attempt apart: from it come the grant's id and its token. */
export const grant = ({ change_id, attempt }: Scene, time: string, label: string, caller = requester): Step =>
  step(label, 'grant', time, { actor: 'clyra-gateway', person: null }, ({ leaf }) => ({
    change_id,
    attempt,
    predecessor: leaf('attempt'),
    grant_id: uuid(`${change_id} ${label}`),
    token_hash: digest(`token of ${change_id} ${label}`),
    payload_digest: payloadDigest,
    target: 'shop',
    caller,
    login: loginOf(caller),
    expires_at: window.expires_at,
  }))

/** What the caller's transaction left in the warehouse when it committed under the grant of that label. */
export const redeemed = ({ change_id }: Scene, time: string, label: string, caller = requester): Body => ({
  grant_id: uuid(`${change_id} ${label}`),
  xid: transaction,
  login: loginOf(caller),
  redeemed_at: time,
})

const loginOf = ({ actor }: { actor: string }): string => `${actor}_etl`

const caller = (name: string): Scene => ({ ...first(name), executor: 'caller' })

const allowed = (scene: Scene): Step[] => [
  change(scene, at(0)),
  verdict(scene, at(1), { outcome: 'allow' }),
  attempted(scene, at(12), 'verdict'),
]

/** What is seen after the caller committed under a grant: no rows, the rest as of every enforced change. */
function seen(scene: Scene, redemption: Body): { steps: Step[]; blobs: BlobInput[] } {
  const found = effect(scene.change_id, scene.attempt, null)
  const text = canonical(found)
  const more = { settled_by: 'guard_row', effect: digest(text), enforcement: 'observed', redemption }
  return {
    steps: [
      outcome(scene, at(16), 'enforced', 'attempt', more),
      ...observations(scene, at(16), found),
      recorded(scene, at(16), 'enforced'),
    ],
    blobs: [
      { text, role: 'effect' },
      { text: snapshotBefore, role: 'snapshot' },
      { text: snapshotAfter, role: 'snapshot' },
    ],
  }
}

/** Policy allowed it; the requester redeemed his one grant and committed. */
export function observedByCaller(): Story {
  const scene = caller('caller')
  const { steps, blobs } = seen(scene, redeemed(scene, at(15), 'grant'))
  const told = story(scene, [...allowed(scene), grant(scene, at(13), 'grant'), ...steps])
  return { ...told, blobs: [...told.blobs, ...blobs] }
}

/** Bob approved what two had asked for; a second grant revoked the first, and was redeemed. */
export async function observedByCallerAfterReissue(): Promise<Story> {
  const scene = caller('caller-reissue')
  const bob = await say(scene, 'bob')
  const { steps, blobs } = seen(scene, redeemed(scene, at(15), 'second grant', dagster))
  const opening = [
    change(scene, at(0)),
    verdict(scene, at(1), { outcome: 'needs_approval' }),
    secondRequester(scene, at(2)),
    decision(scene, at(6), bob),
    certificate(scene, at(7), [bob], ['ada', 'dave']),
    attempted(scene, at(12), 'certificate'),
  ]
  const grants = [grant(scene, at(13), 'grant'), grant(scene, at(14), 'second grant', dagster)]
  const told = story(scene, [...opening, ...grants, ...steps])
  return { ...told, blobs: [...told.blobs, envelopeBlob(bob), ...blobs] }
}

const notEnforced = (scene: Scene, time: string, name: string, more: Body): Story =>
  story(scene, [...allowed(scene), grant(scene, at(13), 'grant'), outcome(scene, time, name, 'attempt', more), recorded(scene, time, name)])

/** The window closed, and nobody had redeemed the grant. */
export const failedGrantExpired = (): Story =>
  notEnforced(caller('caller-expired'), at(28), 'failed', { code: 'CLYRA_GRANT_EXPIRED', settled_by: 'tombstone' })

/** The caller gave the grant back. */
export const failedGrantWithdrawn = (): Story =>
  notEnforced(caller('caller-withdrawn'), at(14), 'failed', { code: 'CLYRA_GRANT_WITHDRAWN', settled_by: 'tombstone' })

/** The warehouse can no longer be asked whether the grant was redeemed. */
export const callerAmbiguous = (): Story =>
  notEnforced(caller('caller-ambiguous'), at(28), 'ambiguous', { code: 'CLYRA_INTERNAL', settled_by: 'guard_row' })
