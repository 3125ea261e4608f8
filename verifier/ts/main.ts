#!/usr/bin/env node
// The command line: reads files and the clock, prints, and sets the exit code.
import { readFileSync, statSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cannotJudge, exitCode, type Report, reportJson, reportTable } from './report.ts'
import { readTrust } from './trust.ts'
import { verify } from './verify.ts'

const usage = `Usage: clyra-verify FILE --trust DIR [--explain] [--json] [--now TIME]

Judges an evidence file offline. Trust is given in DIR (log.policy, keys.json, approvers.json), never read from FILE.
  --explain   a sentence per claim on what was checked and how
  --json      the canonical report and a line break
  --now TIME  YYYY-MM-DDTHH:MM:SS.mmmZ at which keys must be valid; default: the clock
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

function judge(file: string, dir: string, now: string): Report {
  const zip = readFile(file)
  if (zip === null) return cannotJudge('file not readable')
  const trust = readTrust(dir)
  return trust === null ? cannotJudge('trust not readable') : verify(zip, trust, now)
}

interface Arguments {
  file: string
  trust: string
  now: string
  explain: boolean
  json: boolean
}

function readArguments(args: string[]): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { trust: { type: 'string' }, now: { type: 'string' }, explain: { type: 'boolean' }, json: { type: 'boolean' } },
    })
    const { trust, now = new Date().toISOString(), explain = false, json = false } = values
    const isTime = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/.test(now)
    const [file, ...more] = positionals
    return file === undefined || more.length > 0 || trust === undefined || !isTime ? null : { file, trust, now, explain, json }
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
  const report = judge(given.file, given.trust, given.now)
  process.stdout.write(given.json ? `${reportJson(report)}\n` : reportTable(report, given.explain))
  return exitCode(report)
}

process.exitCode = main(process.argv.slice(2))
