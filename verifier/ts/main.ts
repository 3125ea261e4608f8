#!/usr/bin/env node
// The command line: reads files and the clock, prints, and sets the exit code.
import { readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cannotJudge, exitCode, type Report, reportJson, reportTable } from './report.ts'
import { readTokens, readTrust, type Tokens } from './trust.ts'
import { verify } from './verify.ts'

const usage = `Usage: clyra-verify FILE --trust DIR [--disclosed DIR] [--explain] [--json] [--now TIME]

Judges an evidence file offline. Trust is given in DIR (log.policy, keys.json, approvers.json, idp.json), never read from FILE.
  --disclosed DIR  ID tokens that approvers disclosed, one a file
  --explain        a sentence per claim on what was checked and how
  --json           the canonical report and a line break
  --now TIME       YYYY-MM-DDTHH:MM:SS.mmmZ at which keys must be valid; default: the clock
Exit code: 0 valid, 1 invalid, 2 cannot judge.
`
const maxBytes = 2 ** 30

function readFile(path: string): Uint8Array | null {
  try {
    return statSync(path).size > maxBytes ? null : readFileSync(path)
  } catch {
    return null // reported as not readable
  }
}

function judge({ file, trust: dir, now, tokens }: Arguments): Report {
  const zip = readFile(file)
  if (zip === null) return cannotJudge('file not readable')
  const trust = readTrust(dir)
  return trust === null ? cannotJudge('trust not readable') : verify(zip, trust, now, tokens)
}

interface Arguments {
  file: string
  trust: string
  tokens: Tokens
  now: string
  explain: boolean
  json: boolean
}

function readArguments(args: string[]): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        trust: { type: 'string' },
        disclosed: { type: 'string' },
        now: { type: 'string' },
        explain: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    })
    const { trust, disclosed, now = new Date().toISOString(), explain = false, json = false } = values
    const isTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/.test(now)
    const [file, ...more] = positionals
    const tokens = disclosed === undefined ? new Map() : readTokens(disclosed)
    if (file === undefined || more.length > 0 || trust === undefined || tokens === null || !isTime) return null
    return { file, trust, tokens, now, explain, json }
  } catch {
    return null // an option nobody knows
  }
}

function main(args: string[]): number {
  if (args.includes('--help')) {
    process.stdout.write(usage)
    return 0
  }
  const given = readArguments(args)
  if (given === null) {
    process.stderr.write(usage)
    return 2
  }
  const report = judge(given)
  process.stdout.write(given.json ? `${reportJson(report)}\n` : reportTable(report, given.explain))
  return exitCode(report)
}

process.exitCode = main(process.argv.slice(2))
