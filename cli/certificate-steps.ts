// The certificate in an evidence file, packed or unpacked, judged step by step.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ClyraError } from '../core/errors.ts'
import { filedCertificate } from '../evidence/certificate-file.ts'
import { type Agreed, explainCertificate, type Step } from '../evidence/explain-certificate.ts'
import { evidenceOf } from '../evidence/read.ts'
import { type Files, readZip, writeZip } from '../evidence/zip.ts'
import { type Report, type Tokens, type Trust, verify } from '../verifier/ts/index.ts'
import { readBytes } from './files.ts'

/** What `clyra bec validate` says. `certificate` is null where the change was not approved by anybody. */
export interface Validation {
  verdict: 'valid' | 'invalid' | 'cannot_judge'
  change_id: string
  attempt: number
  certificate: { cert_id: string; grade: string; quorum: number; approved_at: string; expires_at: string } | null
  steps: Step[]
  approvers: Agreed[]
}

/**
 * The files of an evidence.zip: of this file, of the one zip in this directory, or unpacked in it. CLYRA_CLI_FILE,
 * CLYRA_EVIDENCE_INVALID.
 */
export function filesOf(dir: string): Files {
  if (statSync(dir).isFile()) return readZip(readBytes(dir))
  const names = readdirSync(dir)
  if (!names.includes('SHA256SUMS')) {
    const zips = names.filter((name) => name.endsWith('.zip'))
    if (zips.length !== 1) throw new ClyraError('CLYRA_CLI_FILE', `expected one evidence file in ${dir}, found ${zips.length}`)
    return readZip(readBytes(join(dir, zips[0] ?? '')))
  }
  const paths = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    paths.map(({ parentPath, name }) => {
      const path = join(parentPath, name)
      return [relative(dir, path).split('\\').join('/'), readFileSync(path)]
    }),
  )
}

/** All thirteen steps. CLYRA_EVIDENCE_INVALID when the files are none of an evidence file. */
export async function validate(files: Files, trust: Trust | null, tokens: Tokens, now: string): Promise<Validation> {
  const evidence = evidenceOf(files)
  const { change_id, attempt } = evidence.manifest
  const filed = filedCertificate(evidence)
  if (filed === null) return { verdict: 'cannot_judge', change_id, attempt, certificate: null, steps: [], approvers: [] }
  const { steps, agreed } = explainCertificate(filed, trust, tokens)
  const report = trust === null ? null : verify(await writeZip(files), trust, now, tokens)
  const all = [...steps, receiptStep(report, filed.certificate.seq)]
  const isWrong = all.some(({ status }) => status === 'FAIL')
  const restsOnToken = agreed.some(({ proofs }) => proofs.length === 1 && proofs[0] === 'sign_on, not disclosed')
  const { cert_id, grade, quorum, approved_at, expires_at } = filed.certificate.body
  return {
    verdict: isWrong ? 'invalid' : trust === null || restsOnToken ? 'cannot_judge' : 'valid',
    ...{ change_id, attempt, certificate: { cert_id, grade, quorum, approved_at, expires_at } },
    steps: all,
    approvers: agreed,
  }
}

function receiptStep(report: Report | null, seq: number): Step {
  const step = { step: 13, name: 'receipt', code: null }
  if (report === null) return { ...step, status: 'NOT_CHECKED', detail: 'No trust was given: whose log it is cannot be told.' }
  const claims = report.claims.filter(({ claim }) => ['chain', 'tree', 'checkpoint'].includes(claim))
  const wrong = claims.find(({ status }) => status === 'FAIL')
  if (wrong !== undefined)
    return { ...step, status: 'FAIL', code: 'CLYRA_EVIDENCE_INVALID', detail: `The log is broken: ${wrong.claim} ${wrong.code ?? ''}.` }
  if (claims.some(({ status }) => status !== 'PASS'))
    return { ...step, status: 'NOT_CHECKED', detail: 'The files are no sound evidence file: `clyra verify` says why.' }
  return { ...step, status: 'PASS', detail: `It is receipt ${seq} of the stream; chain, tree and the trusted log’s checkpoint hold.` }
}
