// Stories in which Bob's key is a passkey.
import { type Bend, passkey } from './authenticator.ts'
import type { Forgery, Story } from './pack.ts'
import { approvedBy, first, say } from './stories.ts'

/** The trust in which it is one. */
export const enrolled: Forgery = {
  trust: (trust) => ({
    ...trust,
    approvers: trust.approvers.map((one) => (one.person === 'bob' ? { ...one, webauthn: passkey } : one)),
  }),
}

/** Bob approves with his passkey; `bend` bends the assertion, `binding` what it is about. */
export async function approvedByPasskey(bend: Bend = {}, binding: Record<string, string> = {}): Promise<Story> {
  const scene = first('passkey')
  return approvedBy(scene, [await say(scene, 'bob', { passkey: bend, binding })])
}

/** Carol approves with her key, Bob in a browser that adds members a verifier must not mind. */
export async function approvedByKeyAndPasskey(): Promise<Story> {
  const scene = first('key-and-passkey')
  const hint = ',"other_keys_can_be_added_here":"do not compare clientDataJSON against a template"}'
  const bob = await say(scene, 'bob', { passkey: { clientData: (text) => text.replace(/\}$/, hint) } })
  return approvedBy(scene, [await say(scene, 'carol'), bob], { quorum: 2 })
}
