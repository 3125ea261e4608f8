// The bodies that the door's own scripts send, as JSON Schemas for Fastify. A statement is judged by the run, an assertion by its check.
import { terminalAddress } from './terminal.ts'

const base64 = (maxLength: number) => ({ type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$', maxLength })
const token = { type: 'string', maxLength: 4000 }
const credential_id = { type: 'string', pattern: '^[A-Za-z0-9_-]{1,1400}$' }

const exactly = (properties: Record<string, object>) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
})

const assertion = exactly({
  sig: base64(1024),
  webauthn: exactly({ authenticator_data: base64(2732), client_data: base64(2732) }),
})

export const enrollBody = exactly({ token, spki: base64(1024), credential_id, assertion })
export const loginBody = exactly({ token, credential_id, assertion })
export const logoutBody = exactly({})
const statement = base64(6000)
const id_token = exactly({
  digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
  iss: { type: 'string', maxLength: 300 },
  kid: { type: 'string', maxLength: 200 },
  alg: { type: 'string', enum: ['RS256', 'ES256'] },
})

export const leaveBody = exactly({ statement })
export const redeemBody = exactly({ code: token })
/** A statement and its proofs, of which there is one at least. */
export const decisionBody = {
  ...exactly({ statement, assertion, sign_on: exactly({ sig: base64(1024), id_token }) }),
  required: ['statement'],
  minProperties: 2,
}
export const accountBody = exactly({ token })

const hash = { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' }
const caller = { address: { type: 'string', pattern: terminalAddress }, challenge: hash }
export const terminalSessionBody = exactly(caller)
export const terminalClaimBody = exactly({ code: token, verifier: { type: 'string', pattern: '^[A-Za-z0-9._~-]{43,128}$' } })
