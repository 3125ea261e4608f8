// Every way a change can end, told once.

import { canonical } from '../../core/canonical.ts'
import type { BlobInput } from '../../evidence/bundle.ts'
import { signDecision } from '../../evidence/decision.ts'
import { bundleId } from '../../evidence/sums.ts'
import { digest } from '../../runtime/digest.ts'
import { asserted, type Bend } from './authenticator.ts'
import { certificate } from './certificates.ts'
import { signedOn, type TokenBend } from './id-tokens.ts'
import { es256 } from './keys.ts'
import { linesOf, type Story } from './pack.ts'
import {
  afterwards,
  attempted,
  change,
  decision,
  displayHash,
  nonce,
  observations,
  outcome,
  recorded,
  type Said,
  type Scene,
  type Step,
  secondRequester,
  verdict,
} from './steps.ts'
import { at, attestKey, changeId, effect, payloadDigest, policyText, snapshotAfter, snapshotBefore, uuid } from './world.ts'

/** What a person said, signed with the key of `key` (his own unless told otherwise), as a passkey where `passkey` says how. `binding` bends what he signed. */
export async function say(
  scene: Scene,
  person: string,
  more: {
    decision?: 'approve' | 'reject'
    code?: string
    key?: string
    passkey?: Bend
    signOn?: TokenBend
    binding?: Record<string, string>
    id?: string
  } = {},
): Promise<Said> {
  const {
    decision: word = 'approve',
    code,
    key = person,
    passkey,
    signOn,
    binding = {},
    id = `${scene.change_id} ${scene.attempt} ${person}`,
  } = more
  const decision_id = uuid(id)
  const { match_code, ...bound } = binding
  const plain = await signDecision(
    {
      change_id: scene.change_id,
      binding: {
        payload_digest: payloadDigest,
        policy_digest: digest(policyText),
        display_hash: displayHash,
        nonce: nonce(scene.attempt),
        ...bound,
      },
      decision: word,
      person,
      reason: 'Looked at it',
      decision_id,
      signed_at: at(5),
      ...(match_code === undefined ? {} : { match_code }),
    },
    es256(key),
  )
  const envelope = passkey === undefined ? plain : await asserted(plain, es256(key), passkey)
  const own = { key_id: es256(key).keyId, subject_id: null, grade: 'standard' as const, sign_on: null, envelope }
  const proved = signOn === undefined ? own : signedOn(own, person, signOn)
  const said = { person, decision_id, decision: word, ...proved }
  return code === undefined ? said : { ...said, code }
}

const policyBlob: BlobInput = { text: policyText, role: 'policy' }
export const envelopeBlob = ({ envelope }: Said): BlobInput => ({ text: envelope, role: 'decision' })

/** A story of a change that policy judged. */
export const story = (scene: Scene, steps: readonly Step[], said: readonly Said[] = [], attested = true): Story => ({
  change_id: scene.change_id,
  earlier: [],
  steps,
  blobs: [policyBlob, ...said.map(envelopeBlob)],
  sealed_at: at(58),
  attested,
})

export const first = (name: string): Scene => ({ change_id: changeId(name), attempt: 1 })

/** From the attempt to the last receipt of an enforced change, and the blobs it leaves. */
function enforcement(scene: Scene, after: 'verdict' | 'certificate', rows: number): { steps: Step[]; blobs: BlobInput[] } {
  const seen = effect(scene.change_id, scene.attempt, rows)
  const effectText = canonical(seen)
  const more = { affected_rows: rows, rows_by_statement: [rows], settled_by: 'commit', effect: digest(effectText), enforcement: 'applied' }
  return {
    steps: [
      attempted(scene, at(12), after),
      outcome(scene, at(13), 'enforced', 'attempt', more),
      ...observations(scene, at(13), seen),
      recorded(scene, at(13), 'enforced'),
    ],
    blobs: [
      { text: effectText, role: 'effect' },
      { text: snapshotBefore, role: 'snapshot' },
      { text: snapshotAfter, role: 'snapshot' },
    ],
  }
}

const asks = (scene: Scene, quorum = 1, grade: 'standard' | 'enhanced' = 'standard'): Step[] => [
  change(scene, at(0)),
  verdict(scene, at(1), { outcome: 'needs_approval', quorum, grade }),
]

export function enforcedByAllow(rows = 12, attempt = 1): Story {
  const scene = { ...first('allow'), attempt }
  const { steps, blobs } = enforcement(scene, 'verdict', rows)
  const told = story(scene, [change(scene, at(0)), verdict(scene, at(1), { outcome: 'allow' }), ...steps])
  return { ...told, blobs: [...told.blobs, ...blobs] }
}

/** What the persons say, in order; those who count make the certificate. */
export function approvedBy(
  scene: Scene,
  said: readonly Said[],
  { quorum = 1, others = [] as Step[], requesters = ['ada'], grade = 'standard' as 'standard' | 'enhanced' } = {},
): Story {
  const counted = said.filter(({ code }) => code === undefined)
  const { steps, blobs } = enforcement(scene, 'certificate', 1200)
  const opening = [...asks(scene, quorum, grade), ...others, ...said.map((one, index) => decision(scene, at(6, index), one))]
  const told = story(scene, [...opening, certificate(scene, at(7), counted, requesters, grade), ...steps], said)
  return { ...told, blobs: [...told.blobs, ...blobs], disclosed: said.flatMap(({ token = [] }) => token) }
}

/** Bob approves; `more` bends what he signs, or who signs it. */
export async function approvedByBob(more: Parameters<typeof say>[2] = {}): Promise<Story> {
  const scene = first('forged-approval')
  return approvedBy(scene, [await say(scene, 'bob', more)])
}

/** Two persons approve; meanwhile a second requester asked for the same. */
export async function enforcedByApproval(): Promise<Story> {
  const scene = first('approval')
  const said = [await say(scene, 'bob'), await say(scene, 'carol')]
  return approvedBy(scene, said, { quorum: 2, others: [secondRequester(scene, at(2))], requesters: ['ada', 'dave'] })
}

/** The requester approves his own change, which is refused and recorded; then somebody else approves. */
export async function enforcedAfterSelfApproval(): Promise<Story> {
  const scene = first('self-approval')
  return approvedBy(scene, [await say(scene, 'ada', { code: 'CLYRA_APPROVAL_SELF' }), await say(scene, 'bob')])
}

/** The requester approves his own change by sign-on, which is refused; nobody has to see his ID token. */
export async function enforcedAfterRefusedSignOn(): Promise<Story> {
  const scene = first('refused-sign-on')
  const ada = await say(scene, 'ada', { code: 'CLYRA_APPROVAL_SELF', signOn: { alone: true } })
  return { ...approvedBy(scene, [ada, await say(scene, 'bob')]), disclosed: [] }
}

/** Somebody sends an envelope that holds no decision: refused and kept, like every other. */
export async function enforcedAfterMalformedDecision(): Promise<Story> {
  const scene = first('malformed')
  const payload = Buffer.from('approved, go ahead').toString('base64')
  const envelope = canonical({ payload, payloadType: 'text/plain', signatures: [{ sig: '' }] })
  const noise: Step = {
    label: 'noise',
    kind: 'decision',
    at: at(5),
    actor: { actor: 'clyra-cli', person: 'dave' },
    body: ({ leaf }) => ({
      change_id: scene.change_id,
      attempt: scene.attempt,
      predecessor: leaf('verdict'),
      decision_id: null,
      decision: null,
      status: 'refused',
      code: 'CLYRA_APPROVAL_MALFORMED',
      person: null,
      key_id: null,
      subject_id: null,
      grade: null,
      sign_on: null,
      envelope_digest: digest(envelope),
      delivered_by: { actor: 'clyra-cli', person: 'dave' },
    }),
  }
  const told = approvedBy(scene, [await say(scene, 'bob')], { others: [noise] })
  return { ...told, blobs: [...told.blobs, { text: envelope, role: 'decision' }] }
}

/** Bob approved, then the run was reset: the new run asks again, and Carol approves. Bob's decision counts no more. */
export async function enforcedAfterReset(): Promise<Story> {
  const scene = first('reset')
  const [bob, carol] = [await say(scene, 'bob'), await say(scene, 'carol', { binding: { nonce: nonce(2) } })]
  const { steps, blobs } = enforcement(scene, 'certificate', 1200)
  const again = (step: Step, run: object): Step => ({ ...step, body: (told) => ({ ...step.body(told), ...run }) })
  const run = { run_id: 'run-2', nonce: nonce(2) }
  const opening = [...asks(scene), decision(scene, at(6), bob), certificate(scene, at(7), [bob], ['ada'])]
  const reopened = again(verdict(scene, at(8), { outcome: 'needs_approval' }), run)
  const decided = [decision(scene, at(9), carol), again(certificate(scene, at(10), [carol], ['ada']), run)]
  const told = story(scene, [...opening, reopened, ...decided, ...steps], [bob, carol])
  return { ...told, blobs: [...told.blobs, ...blobs] }
}

export function observed(): Story {
  const scene = first('observed')
  const judged = verdict(scene, at(1), { outcome: 'needs_approval', mode: 'review' })
  const steps = [change(scene, at(0), 'review'), judged, outcome(scene, at(2), 'observed', 'verdict'), recorded(scene, at(2), 'observed')]
  return story(scene, steps, [], false)
}

export function denied(): Story {
  const scene = first('denied')
  const end = outcome(scene, at(2), 'denied', 'verdict', { code: 'CLYRA_POLICY_DENIED' })
  return story(scene, [change(scene, at(0)), verdict(scene, at(1), { outcome: 'deny' }), end, recorded(scene, at(2), 'denied')], [], false)
}

/** Bob rejects, however he signs. */
export async function rejected(more: Parameters<typeof say>[2] = {}): Promise<Story> {
  const scene = first('rejected')
  const said = await say(scene, 'bob', { decision: 'reject', ...more })
  const end = outcome(scene, at(7), 'rejected', 'decision bob', { code: 'CLYRA_APPROVAL_REJECTED' })
  return story(scene, [...asks(scene), decision(scene, at(6), said), end, recorded(scene, at(7), 'rejected')], [said])
}

export function expired(): Story {
  const scene = first('expired')
  const end = outcome(scene, at(46), 'expired', 'verdict', { code: 'CLYRA_APPROVAL_EXPIRED' })
  return story(scene, [...asks(scene), end, recorded(scene, at(46), 'expired')])
}

export function cancelled(): Story {
  const scene = first('cancelled')
  const end = outcome(scene, at(3), 'cancelled', 'verdict', { code: 'CLYRA_CHANGE_CANCELLED' })
  return story(scene, [...asks(scene), end, recorded(scene, at(3), 'cancelled')])
}

export function cancelledBeforeVerdict(): Story {
  const scene = first('cancelled-early')
  const end = outcome(scene, at(1), 'cancelled', 'change', { code: 'CLYRA_CHANGE_CANCELLED' })
  return { ...story(scene, [change(scene, at(0)), end, recorded(scene, at(1), 'cancelled')]), blobs: [] }
}

/** The stored payload was swapped after approval: nothing ran. */
export async function failedOnMismatch(): Promise<Story> {
  const scene = first('mismatch')
  const said = await say(scene, 'bob')
  const end = outcome(scene, at(12), 'failed', 'certificate', { code: 'CLYRA_PAYLOAD_MISMATCH' })
  const opening = [...asks(scene), decision(scene, at(6), said), certificate(scene, at(6), [said], ['ada'])]
  return story(scene, [...opening, end, recorded(scene, at(12), 'failed')], [said])
}

/** The attempt began and the warehouse refused it: proved not applied. */
export function failedAfterAttempt(): Story {
  const scene = first('refused-by-warehouse')
  const code = { code: 'CLYRA_ENFORCE_NOT_AUTHORISED', sqlstate: '42501', statement: 0, settled_by: 'tombstone' }
  const steps = [attempted(scene, at(12), 'verdict'), outcome(scene, at(13), 'failed', 'attempt', code), recorded(scene, at(13), 'failed')]
  return story(scene, [change(scene, at(0)), verdict(scene, at(1), { outcome: 'allow' }), ...steps])
}

export function ambiguous(): Story {
  const scene = first('ambiguous')
  const code = { code: 'CLYRA_INTERNAL', settled_by: 'guard_row' }
  const steps = [
    attempted(scene, at(12), 'verdict'),
    outcome(scene, at(13), 'ambiguous', 'attempt', code),
    recorded(scene, at(13), 'ambiguous'),
  ]
  return story(scene, [change(scene, at(0)), verdict(scene, at(1), { outcome: 'allow' }), ...steps])
}

/** Expired once, asked for again and enforced: the bundle starts with what followed the first one in the stream. */
export function secondAttempt(): Story {
  const one = first('again')
  const two = { ...one, attempt: 2 }
  const early = (minutes: number): string => at(minutes).replace('T09', 'T08')
  const end = outcome(one, early(46), 'expired', 'verdict', { code: 'CLYRA_APPROVAL_EXPIRED' })
  const judged = verdict(one, early(1), { outcome: 'needs_approval' })
  const bent = { ...judged, body: (told: Parameters<Step['body']>[0]) => ({ ...judged.body(told), deadline: early(45) }) }
  const earlier = linesOf(story(one, [change(one, early(0)), bent, end, recorded(one, early(46), 'expired')]))
  const tail = afterwards(one, early(47), bundleId('first bundle'), digest('first attestation'), attestKey.keyId)
  const { steps, blobs } = enforcement(two, 'verdict', 12)
  const told = story(two, [...tail, change(two, at(0)), verdict(two, at(1), { outcome: 'allow' }), ...steps])
  return { ...told, earlier, blobs: [...told.blobs, ...blobs] }
}
