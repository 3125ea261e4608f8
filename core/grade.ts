// Grades of an approval: what it must be, what it is. Derived from signatures that were verified, never from what somebody says.
import type { Verdict } from './generated/types.ts'

export type Grade = Verdict['grade']

/** What was verified of one decision. */
export interface Proofs {
  /** A passkey's assertion, by a user present and verified. */
  passkey: boolean
  /** An ID token whose nonce is the decision's own hash. */
  signOn: boolean
}

/** enhanced: company sign-on and passkey, both over this very decision. */
export const gradeOf = ({ passkey, signOn }: Proofs): Grade => (passkey && signOn ? 'enhanced' : 'standard')

/** True when an approval of this grade will do. */
export const suffices = (grade: Grade, asked: Grade): boolean => asked === 'standard' || grade === 'enhanced'

/** A certificate of grade enhanced lasts no longer than this. */
export const enhancedTtlSeconds = 600

const secondFactors = ['mfa', 'otp', 'hwk', 'swk', 'sms', 'tel', 'fpt', 'face', 'iris', 'vbm', 'pop', 'sc']

/**
 * Whether more than one factor was used, as the signatures tell it: a passkey whose user was verified is two, an ID token says so by
 * `amr` (RFC 8176).
 */
export const isMultiFactor = ({ passkey }: Pick<Proofs, 'passkey'>, amr: readonly string[]): boolean =>
  passkey || amr.includes('mfa') || (amr.includes('pwd') && amr.some((method) => secondFactors.includes(method)))
