// The verifier as the tests call it: with the fixtures' trust, at one time.
import type { Report } from '../report.ts'
import { parseTrust, type Trust } from '../trust.ts'
import { verify } from '../verify.ts'
import { trustFiles } from './keys.ts'

export const now = '2026-03-02T00:00:00.000Z'

const [policy, keyFile, approvers] = ['log.policy', 'keys.json', 'approvers.json'].map((name) => Buffer.from(trustFiles[name] as string))

export const trust = parseTrust(policy as Buffer, keyFile as Buffer, approvers as Buffer) as Trust

export const judge = (zip: Buffer): Report => verify(zip, trust, now)

/** `claim CODE detail` of every claim that failed. */
export const failures = ({ claims }: Report): string[] =>
  claims.filter(({ status }) => status === 'FAIL').map(({ claim, code, detail }) => `${claim} ${code} ${detail}`)
