// Both verifiers over every evidence file, and over copies that somebody edited.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sha256Sums, sumsPath } from '../../evidence/sums.ts'
import { readZip, writeZip } from '../../evidence/zip.ts'
import { stateDir } from '../../runtime/config.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const go = join(root, 'verifier/go/bin/clyra-verify')

export interface Verifier {
  name: string
  verify(file: string): { exit: number; verdict: string; failed: string | null }
}

/** The verifiers that can run here; Go's only where it was built. */
export function verifiers(): Verifier[] {
  const typescript = verifier('TypeScript', [process.execPath, join(root, 'verifier/ts/main.ts')])
  return existsSync(go) ? [typescript, verifier('Go', [go])] : [typescript]
}

function verifier(name: string, command: string[]): Verifier {
  return {
    name,
    verify(file) {
      const [program = '', ...words] = command
      const { status, stdout } = spawnSync(program, [...words, file, '--trust', join(stateDir(), 'trust'), '--json'], { encoding: 'utf8' })
      const report = JSON.parse(stdout) as { verdict: string; claims: { claim: string; status: string; code: string | null }[] }
      const fault = report.claims.find((claim) => claim.status === 'FAIL')
      return { exit: status ?? 2, verdict: report.verdict, failed: fault ? `${fault.claim}: ${fault.code}` : null }
    },
  }
}

/** A copy with the lowest bit of its middle byte flipped. */
export function flipped(file: string): string {
  const bytes = readFileSync(file)
  const middle = bytes.length >> 1
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle)
  return copyOf('one-bit-flipped.zip', bytes)
}

/** A copy whose first receipt names another reason, with SHA256SUMS and every CRC made right again. */
export async function edited(file: string): Promise<string> {
  const files = new Map(readZip(readFileSync(file)))
  const lines = new TextDecoder().decode(files.get('log/receipts.jsonl')).split('\n')
  lines[0] = (lines[0] ?? '').replace(/"reason":"[^"]*"/, '"reason":"emergency fix"')
  files.set('log/receipts.jsonl', Buffer.from(lines.join('\n')))
  files.set(sumsPath, Buffer.from(sha256Sums(new Map([...files].filter(([path]) => path !== sumsPath && !path.startsWith('sig/'))))))
  return copyOf('receipt-edited.zip', await writeZip(files))
}

function copyOf(name: string, bytes: Uint8Array): string {
  const dir = join(stateDir(), 'tampered')
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, name), bytes)
  return join(dir, name)
}
