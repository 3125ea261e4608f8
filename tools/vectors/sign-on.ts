// Stories in which Bob signs on at his company's provider.
import { matchCode } from '../../evidence/match-code.ts'
import { signedOnAt, type TokenBend, time } from './id-tokens.ts'
import type { Story } from './pack.ts'
import { displayHash, nonce, type Step } from './steps.ts'
import { approvedBy, approvedByBob, first, say } from './stories.ts'

const scene = first('sign-on')

/** The number Bob was told by Ada. */
export const number = matchCode({ grade: 'enhanced', nonce: nonce(1), display_hash: displayHash }) ?? ''

/** Bob approves with a key that is just as old as the verdict asks for. */
export async function approvedInTime(): Promise<Story> {
  const told = await approvedByBob()
  const asks = (step: Step): Step => ({ ...step, body: (before) => ({ ...step.body(before), authenticator_age_seconds: 1_242_360 }) })
  return { ...told, steps: told.steps.map((step) => (step.kind === 'verdict' ? asks(step) : step)) }
}

/** Bob approves by sign-on alone. */
export const approvedBySignOn = async (bend: TokenBend = {}): Promise<Story> =>
  approvedBy(scene, [await say(scene, 'bob', { signOn: { alone: true, ...bend } })])

/** Bob approves with his key, and signs on besides: still of grade standard. */
export const approvedByKeyAndSignOn = async (bend: TokenBend = {}): Promise<Story> =>
  approvedBy(scene, [await say(scene, 'bob', { signOn: bend })])

/** Bob approves with passkey and sign-on what is to be approved so; `binding` bends what he signs. */
export const enhanced = async (bend: TokenBend = {}, binding: Record<string, string> = {}): Promise<Story> =>
  approvedBy(scene, [await say(scene, 'bob', { passkey: {}, signOn: bend, binding: { match_code: number, ...binding } })], {
    grade: 'enhanced',
  })

/** A sign-on 360 seconds before the decision, of which the provider says little. */
export const edge: TokenBend = {
  claims: { auth_time: signedOnAt - 300, acr: null, amr: undefined, azp: null },
  sign_on: { auth_time: time(signedOnAt - 300), acr: null, amr: [] },
}

/** The same without a token for the verifier. */
export const undisclosed = async (told: Promise<Story>): Promise<Story> => ({ ...(await told), disclosed: [] })
