import { canonical } from '../../core/canonical.ts'
import type { AttestationSox, SigstoreBundle } from '../../core/generated/types.ts'
import { soxStatement } from '../../evidence/attest.ts'
import { type Evidence, readEvidence, textOf } from '../../evidence/read.ts'
import { defineCommand } from '../command.ts'
import { type Exit, exit } from '../exit-codes.ts'
import { readBytes } from '../files.ts'
import { fields, print, table } from '../print.ts'

/** `clyra attest`: judges the controls anew from the receipts in the file and compares with the attestation it carries. */
export const command = defineCommand({
  command: 'attest <file>',
  describe: 'Recompute the attestation of an evidence file (exit 1: it differs or a control is broken, 2: there is none)',
  builder: (yargs) =>
    yargs
      .positional('file', { type: 'string', demandOption: true, describe: 'Evidence file' })
      .option('framework', { choices: ['sox'] as const, default: 'sox' as const, describe: 'Framework' })
      .example('$0 attest evidence.zip --framework sox', ''),
  handler: async ({ file, framework, json }, io) => {
    const evidence = readEvidence(readBytes(file))
    const stated = attestations(evidence, framework)
    const attested_at = stated[0]?.predicate.attested_at ?? evidence.manifest.sealed_at
    const computed = soxStatement({ receipts: evidence.receipts, blobs: evidence.blobs, bundle_id: evidence.bundle_id, attested_at })
    const agreement = agreementOf(stated, computed)
    const { controls, not_judged } = computed.predicate
    print(io, json, { framework, bundle_id: evidence.bundle_id, attestation: agreement, controls, not_judged }, () =>
      [
        table(
          ['CONTROL', 'TITLE', 'STATUS', 'RECEIPTS'],
          controls.map(({ control, title, status, receipts }) => [control, title, status, receipts.join(' ')]),
        ),
        '',
        fields([
          ['in the file', { equal: 'the same judgement', differs: 'ANOTHER JUDGEMENT', absent: 'no attestation' }[agreement]],
          ['not judged', not_judged.join('; ')],
          ['signatures', 'not checked here: clyra verify'],
        ]),
      ].join('\n'),
    )
    return exitOf(
      agreement,
      controls.some(({ status }) => status === 'not_satisfied'),
    )
  },
})

type Agreement = 'equal' | 'differs' | 'absent'

/** The statements signed into the file. A file without any gives an empty list. */
function attestations({ files }: Evidence, framework: string): AttestationSox[] {
  const paths = [...files.keys()].filter((path) => path.startsWith(`sig/attest.${framework}.`))
  return paths.map((path) => {
    const { dsseEnvelope } = JSON.parse(textOf(files, path)) as SigstoreBundle
    return JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8')) as AttestationSox
  })
}

/** What spec/controls.md fixes: which control, which status, resting on which receipts. Wording may change between versions. */
function judgement({ predicate: { framework, bundle_id, change_id, attempt, outcome, controls } }: AttestationSox): string {
  const judged = controls.map(({ control, status, receipts }) => ({ control, status, receipts }))
  return canonical({ framework, bundle_id, change_id, attempt, outcome, controls: judged })
}

function agreementOf(stated: readonly AttestationSox[], computed: AttestationSox): Agreement {
  if (stated.length === 0) return 'absent'
  return stated.every((statement) => judgement(statement) === judgement(computed)) ? 'equal' : 'differs'
}

function exitOf(agreement: Agreement, broken: boolean): Exit {
  if (agreement === 'differs' || broken) return exit.failed
  return agreement === 'absent' ? exit.usage : exit.ok
}
