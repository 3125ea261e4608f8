// Decisions judged against approvers alone: no sign-on is configured, and the door's key is nobody's.
import { generateKeyPairSync } from 'node:crypto'
import { keySigner } from '../../runtime/keys.ts'
import { type EnrolledKey, verifyDecision } from '../decision.ts'

export const doorKey = keySigner(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey)

/** What `verifyDecision` says of an envelope where these approvers are enrolled. */
export const judged = (envelope: string, approvers: readonly EnrolledKey[]): ReturnType<typeof verifyDecision> =>
  verifyDecision(
    envelope,
    { approvers, subjects: [], idp_keys: [], id_tokens: new Map() },
    { provider: null, certificateKey: doorKey },
    '2026-01-01T00:10:00.000Z',
  )
