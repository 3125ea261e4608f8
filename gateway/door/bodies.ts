// The bodies that the door's own scripts send, as JSON Schemas for Fastify. A statement is judged by the run, an assertion by its check.
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
export const statementBody = exactly({
  decision: { type: 'string', enum: ['approve', 'reject'] },
  reason: { type: 'string', maxLength: 500, pattern: '^[^\\u0000\\ud800-\\udfff]*$' },
})
export const decisionBody = exactly({ statement: base64(6000), assertion })
