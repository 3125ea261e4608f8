// `make test-fuzz`: Schemathesis against the served OpenAPI document of a stack of its own, once with the token of each role.
// Passes when no role finds anything, and every operation answered somebody with a 2xx.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../runtime/config.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { ledgerOf } from '../../temporal.config.ts'
import { startIdp } from '../support/oidc.ts'
import { startSlack } from '../support/slack.ts'
import { checkout, startTestStack, type TestStack } from '../support/stack.ts'
import { operationOf, operations, withExisting } from './document.ts'
import { existing, linkAccounts, type World } from './existing.ts'

const seed = '20260105'
const examples = process.env.FUZZ_EXAMPLES ?? '15'
// The stranger has every role, of another tenant.
const tokens = ['ana', 'pipeline', 'ben', 'admin', 'stranger', 'nobody']

// A 2xx here needs a change nobody could tell of, for which the warehouse must go away: tests/e2e/reset.test.ts makes one.
const elsewhere = ['POST /v1/changes/{id}/resolve']

const port = await freePort()
const idp = await startIdp(`http://localhost:${port}/approve/callback`)
const slack = await startSlack()
const stack = await startTestStack({ slack, sso: { client: idp.client, port } })
const ledger = await ledgerOf(loadConfig(stack.home))
const work = mkdtempSync(join(tmpdir(), 'clyra-fuzz-'))
try {
  process.exitCode = (await fuzz({ stack, ledger, idp, slack })) ? 0 : 1
} finally {
  await ledger.close()
  await stack.stop()
  await slack.stop()
  await idp.stop()
  rmSync(work, { recursive: true, force: true })
}

async function fuzz(world: World): Promise<boolean> {
  const { stack } = world
  const served = await (await fetch(new URL('/openapi.json', stack.run.gateway))).text()
  const enrolled = await stack.story.clyra('approver', 'enroll', '--person', 'ben@shop.example', '--key-file', stack.key('ben.pem'))
  if (enrolled !== 0) throw new Error('expected an enrolled approver')
  await makeStranger(stack)
  await linkAccounts(world)
  const answered = new Set<string>()
  let sound = true
  for (const name of tokens) {
    const document = join(work, `${name}.json`)
    const here = await existing(world, name)
    writeFileSync(document, withExisting(served, here))
    const har = join(work, `${name}.har`)
    const began = Date.now()
    const exit = await schemathesis(document, har, name === 'nobody' ? null : readFileSync(stack.key(`${name}.token`), 'utf8').trim())
    const calls = callsOf(har)
    for (const { method, path, status } of calls) {
      const operation = status >= 200 && status < 300 ? operationOf(served, method, path) : null
      if (operation !== null) answered.add(operation)
    }
    console.log(`${exit === 0 ? 'ok   ' : 'FAIL '} ${name}: ${calls.length} requests in ${Math.round((Date.now() - began) / 1000)} s`)
    if (exit !== 0) sound = false
    const names = [...here.changes, ...here.callers, here.keyId, here.subjectId, here.slackUser.user_id, ...here.targets]
    const seen =
      name === 'stranger' ? calls.filter(({ path, status }) => status < 400 && names.some((each) => path.includes(`/${each}`))) : []
    if (seen.length > 0) {
      console.log(`FAIL  the stranger saw ${seen.map(({ method, path }) => `${method} ${path}`).join(', ')}`)
      sound = false
    }
  }
  const silent = operations(served).filter((operation) => !answered.has(operation) && !elsewhere.includes(operation))
  console.log(`${silent.length === 0 ? 'ok   ' : 'FAIL '} operations that never answered with a 2xx: ${silent.join(', ') || 'none'}`)
  return sound && silent.length === 0
}

async function makeStranger({ story, key }: TestStack): Promise<void> {
  const token = `clyra_${randomBytes(32).toString('base64url')}`
  const roles = ['requester', 'approver', 'operator', 'auditor', 'admin']
  const hash = createHash('sha256').update(token).digest()
  await story.store(`insert into clyra.tokens (hash, tenant, actor, roles) values ($1, 'other', 'stranger', $2)`, [hash, roles])
  writeFileSync(key('stranger.token'), token, { mode: 0o600 })
}

function schemathesis(document: string, har: string, token: string | null): Promise<number> {
  const auth = token === null ? [] : ['-H', `Authorization: Bearer ${token}`]
  const words = ['--config-file', join(import.meta.dirname, 'schemathesis.toml'), 'run', document, '--url', stack.run.gateway]
  const more = [
    '-c',
    'all',
    '--seed',
    seed,
    '-n',
    examples,
    '--report-har-path',
    har,
    '--continue-on-failure',
    '--request-timeout',
    '75',
    '--generation-database',
    'none',
    '--no-color',
  ]
  return new Promise((done, fail) => {
    const child = spawn(join(checkout, '.venv-fuzz/bin/st'), [...words, ...more, ...auth], { stdio: 'inherit', cwd: work })
    child.once('error', fail)
    child.once('close', (code) => done(code ?? 1))
  })
}

interface Har {
  log: { entries: { request: { method: string; url: string }; response: { status: number } }[] }
}

function callsOf(file: string): { method: string; path: string; status: number }[] {
  const { log } = JSON.parse(readFileSync(file, 'utf8')) as Har
  return log.entries.map(({ request, response }) => ({
    method: request.method,
    path: new URL(request.url).pathname,
    status: response.status,
  }))
}
