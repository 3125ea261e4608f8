// The files of one golden vector.
import { trustFiles } from '../../evidence/trust.ts'
import { digest } from '../../runtime/digest.ts'
import { type Report, reportJson } from '../../verifier/ts/report.ts'
import { parseTrust } from '../../verifier/ts/trust.ts'
import { verify } from '../../verifier/ts/verify.ts'
import { brokenApprovals } from './broken-approvals.ts'
import { brokenCertificates } from './broken-certificates.ts'
import { brokenFiles } from './broken-files.ts'
import { brokenGrants } from './broken-grants.ts'
import { brokenPasskeys } from './broken-passkeys.ts'
import { brokenSeals } from './broken-seals.ts'
import { brokenSignatures } from './broken-signatures.ts'
import { brokenTokens } from './broken-tokens.ts'
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
  ...brokenCertificates,
  ...brokenSignatures,
  ...brokenTokens,
]

/** When the keys of the vectors are judged. Their answers are the same at any later time. */
export const now = '2026-06-01T00:00:00.000Z'

/** Path in the case's folder → content. Throws when the verifier says anything but what the case means to show. */
export async function filesOf(one: Case): Promise<Map<string, Uint8Array>> {
  const story = await one.story()
  const zip = await pack(story, one.forgery)
  const trust = trustFiles(trustOf(one.forgery))
  const { disclosed = [] } = story
  const report = judge(zip, trust, disclosed)
  demandIntended(one, report)
  const files = new Map<string, Uint8Array>([['evidence.zip', zip]])
  for (const [name, text] of trust) files.set(`trust/${name}`, Buffer.from(text))
  for (const [index, token] of disclosed.entries()) files.set(`disclosed/${index + 1}.jwt`, Buffer.from(`${token}\n`))
  files.set('expect.json', Buffer.from(`${reportJson(report)}\n`))
  files.set('README.md', Buffer.from(readmeOf(one)))
  return files
}

function judge(zip: Uint8Array, trust: ReadonlyMap<string, string>, tokens: readonly string[]): Report {
  const file = (name: string): Buffer => Buffer.from(trust.get(name) ?? '')
  const given = parseTrust(file('log.policy'), file('keys.json'), file('approvers.json'), file('idp.json'))
  if (given === null) throw new Error('expected a trust directory the verifier can read')
  return verify(zip, given, now, new Map(tokens.map((token) => [digest(token), token])))
}

function demandIntended({ name, fails, isOpen = false }: Case, { verdict, claims }: Report): void {
  const first = claims.find(({ status }) => status === 'FAIL')
  const found = first === undefined ? null : `${first.claim} ${first.code}`
  const intended = fails === null ? null : `${fails.claim} ${fails.code}`
  const wanted = fails === null ? (isOpen ? 'cannot_judge' : 'valid') : fails.code === 'SPEC_UNKNOWN' ? 'cannot_judge' : 'invalid'
  if (found !== intended || verdict !== wanted)
    throw new Error(`${name}: expected ${wanted} ${intended}, the verifier says ${verdict} ${found}`)
}

const readmeOf = ({ name, why, fails, isOpen = false }: Case): string => {
  const answer = isOpen ? 'A verifier cannot judge it.' : 'A verifier accepts it.'
  const failure = `The first claim that fails is \`${fails?.claim}\`, with \`${fails?.code}\`.`
  return `# ${name}\n\n${why}\n\n${fails === null ? answer : failure}\n`
}
