// The files of one golden vector.
import { trustFiles } from '../../evidence/trust.ts'
import { type Report, reportJson } from '../../verifier/ts/report.ts'
import { parseTrust } from '../../verifier/ts/trust.ts'
import { verify } from '../../verifier/ts/verify.ts'
import { brokenApprovals } from './broken-approvals.ts'
import { brokenFiles } from './broken-files.ts'
import { brokenGrants } from './broken-grants.ts'
import { brokenPasskeys } from './broken-passkeys.ts'
import { brokenSeals } from './broken-seals.ts'
import { brokenWalks } from './broken-walks.ts'
import type { Case } from './case.ts'
import { pack, trustOf } from './pack.ts'
import { whole } from './whole.ts'

export const cases: readonly Case[] = [
  ...whole,
  ...brokenFiles,
  ...brokenSeals,
  ...brokenWalks,
  ...brokenGrants,
  ...brokenApprovals,
  ...brokenPasskeys,
]

/** When the keys of the vectors are judged. Their answers are the same at any later time. */
export const now = '2026-06-01T00:00:00.000Z'

/** Path in the case's folder → content. Throws when the verifier says anything but what the case means to show. */
export async function filesOf(one: Case): Promise<Map<string, Uint8Array>> {
  const zip = await pack(await one.story(), one.forgery)
  const trust = trustFiles(trustOf(one.forgery))
  const report = judge(zip, trust)
  demandIntended(one, report)
  const files = new Map<string, Uint8Array>([['evidence.zip', zip]])
  for (const [name, text] of trust) files.set(`trust/${name}`, Buffer.from(text))
  files.set('expect.json', Buffer.from(`${reportJson(report)}\n`))
  files.set('README.md', Buffer.from(readmeOf(one)))
  return files
}

function judge(zip: Uint8Array, trust: ReadonlyMap<string, string>): Report {
  const [policy, keys, approvers] = ['log.policy', 'keys.json', 'approvers.json'].map((name) => Buffer.from(trust.get(name) ?? ''))
  const given = parseTrust(policy ?? Buffer.of(), keys ?? Buffer.of(), approvers ?? Buffer.of())
  if (given === null) throw new Error('expected a trust directory the verifier can read')
  return verify(zip, given, now)
}

function demandIntended({ name, fails }: Case, { verdict, claims }: Report): void {
  const first = claims.find(({ status }) => status === 'FAIL')
  const found = first === undefined ? null : `${first.claim} ${first.code}`
  const intended = fails === null ? null : `${fails.claim} ${fails.code}`
  const wanted = fails === null ? 'valid' : fails.code === 'SPEC_UNKNOWN' ? 'cannot_judge' : 'invalid'
  if (found !== intended || verdict !== wanted)
    throw new Error(`${name}: expected ${wanted} ${intended}, the verifier says ${verdict} ${found}`)
}

const readmeOf = ({ name, why, fails }: Case): string =>
  `# ${name}\n\n${why}\n\n${fails === null ? 'A verifier accepts it.' : `The first claim that fails is \`${fails.claim}\`, with \`${fails.code}\`.`}\n`
