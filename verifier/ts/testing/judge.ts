// The verifier as the tests call it: with the fixtures' trust, at one time.
import type { Report } from '../report.ts'
import { parseTrust, type Trust } from '../trust.ts'
import { verify } from '../verify.ts'
import { digest } from './bundle.ts'
import { trustFiles } from './keys.ts'

export const now = '2026-03-02T00:00:00.000Z'

/** The fixtures' trust, with one file of another text. */
export function trustWith(name: string, text: string): Trust | null {
  const files = ['log.policy', 'keys.json', 'approvers.json', 'idp.json'] as const
  const [policy, keys, approvers, idp] = files.map((file) => Buffer.from(file === name ? text : (trustFiles[file] as string)))
  return parseTrust(policy as Buffer, keys as Buffer, approvers as Buffer, idp as Buffer)
}

export const trust = trustWith('', '') as Trust

/** The report, with these ID tokens disclosed. */
export const judge = (zip: Buffer, disclosed: readonly string[] = []): Report =>
  verify(zip, trust, now, new Map(disclosed.map((token) => [digest(token), token])))

/** `claim CODE detail` of every claim that failed. */
export const failures = ({ claims }: Report): string[] =>
  claims.filter(({ status }) => status === 'FAIL').map(({ claim, code, detail }) => `${claim} ${code} ${detail}`)
