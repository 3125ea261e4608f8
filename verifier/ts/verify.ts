// The verifier: a pure function of a file, what is trusted, and the time at which keys must be valid.
import { checkDecisions, restsOnSignOn } from './approvals.ts'
import { isOtherSpec, readBundle } from './bundle.ts'
import { checkCertificate } from './certificate.ts'
import type { ReportClaim } from './generated/types.ts'
import { walkOf } from './lifecycle.ts'
import { checkChain, checkCheckpoints, checkTree } from './log.ts'
import { checkReferences } from './references.ts'
import { demand, finding, judge, makeReport, type Report, restsOnToken } from './report.ts'
import { checkSignOn } from './sign-on.ts'
import { checkAttestations, checkSignatures } from './signatures.ts'
import { bundleId, checkSums } from './sums.ts'
import type { Tokens, Trust } from './trust.ts'
import { checkFiles, readZip } from './zip.ts'

/**
 * The report on an evidence file. `now` is RFC 3339 UTC with milliseconds; it decides key validity and nothing else. `tokens`
 * are the ID tokens that were disclosed.
 */
export function verify(zip: Uint8Array, trust: Trust, now: string, tokens: Tokens = new Map()): Report {
  const findings: ReportClaim[] = []
  const files = judge(findings, 'container', () => {
    const read = readZip(zip)
    if (!isOtherSpec(read)) checkFiles(read)
    return read
  })
  if (files === undefined) return makeReport(findings, null)
  if (isOtherSpec(files)) return unknownSpec()

  judge(findings, 'sums', () => checkSums(files))
  const bundle = judge(findings, 'schemas', () => readBundle(files))
  if (bundle === undefined) return makeReport(findings, bundleId(files))

  judge(findings, 'chain', () => checkChain(bundle))
  judge(findings, 'tree', () => checkTree(bundle))
  judge(findings, 'checkpoint', () => checkCheckpoints(bundle, trust.logs))
  judge(findings, 'signature', () => checkSignatures(bundle, trust.keys, now))
  const walk = judge(findings, 'lifecycle', () => walkOf(bundle))
  if (walk === undefined) return makeReport(findings, bundle.id, bundle.manifest)

  judge(findings, 'references', () => checkReferences(bundle, walk))
  const isSignedOn = judge(findings, 'sign_on', () => checkSignOn(bundle, walk, trust.providers, tokens)) ?? false
  const isDecided = walk.decisions.length > 0 || walk.certificate !== undefined
  if (!isDecided) findings.push(finding('approvals', 'PASS', 'none needed'))
  else
    judge(findings, 'approvals', () => {
      const counted = checkDecisions(bundle, walk, trust)
      checkCertificate(bundle, walk, counted, trust.keys)
      demand(isSignedOn || !counted.some(restsOnSignOn), null, restsOnToken)
    })
  judge(findings, 'attestations', () => checkAttestations(bundle, walk, trust.keys, now))
  return makeReport(findings, bundle.id, bundle.manifest)
}

// Another version may have other files and other rules: nothing else is said of it.
function unknownSpec(): Report {
  const findings: ReportClaim[] = []
  judge(findings, 'schemas', () => demand(false, 'SPEC_UNKNOWN', 'manifest.json'))
  return { ...makeReport(findings, null), verdict: 'cannot_judge' }
}
