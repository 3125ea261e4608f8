// `make test-fuzz`: Schemathesis against the served OpenAPI document of a stack of its own, once with the token of each role.
// Passes when no role finds anything, and every operation answered somebody with a 2xx.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ChangeRequest } from '../../core/generated/types.ts'
import { createKeyFile } from '../../runtime/keys.ts'
import { checkout, startTestStack, type TestStack } from '../support/stack.ts'
import { type Existing, operationOf, operations, withExisting } from './document.ts'

const seed = '20260105'
const examples = process.env.FUZZ_EXAMPLES ?? '15'
// The stranger has every role, of another tenant.
const tokens = ['ana', 'pipeline', 'ben', 'admin', 'stranger', 'nobody']

// A 2xx here needs a change nobody could tell of, for which the warehouse must go away: tests/e2e/reset.test.ts makes one.
// Signing on needs a provider and a browser: gateway/control/sign-ons.test.ts has both.
const elsewhere = ['POST /v1/changes/{id}/resolve', 'POST /v1/approvals/{id}/sign-ons', 'POST /v1/approvals/{id}/sign-ons/redeem']

const stack = await startTestStack()
const work = mkdtempSync(join(tmpdir(), 'clyra-fuzz-'))
try {
  process.exitCode = (await fuzz(stack)) ? 0 : 1
} finally {
  await stack.stop()
  rmSync(work, { recursive: true, force: true })
}

async function fuzz(stack: TestStack): Promise<boolean> {
  const served = await (await fetch(new URL('/openapi.json', stack.run.gateway))).text()
  const enrolled = await stack.story.clyra('approver', 'enroll', '--person', 'ben@shop.example', '--key-file', stack.key('ben.pem'))
  if (enrolled !== 0) throw new Error('expected an enrolled approver')
  await makeStranger(stack)
  const answered = new Set<string>()
  let sound = true
  for (const name of tokens) {
    const document = join(work, `${name}.json`)
    const here = await existing(stack, name)
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
    const names = [...here.changes, ...here.callers, here.keyId, ...here.targets]
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

// Fresh for each role: what one role cancels or revokes the next one finds again.
async function existing(stack: TestStack, name: string): Promise<Existing> {
  const { story, key } = stack
  const request = (statement: string): ChangeRequest => ({
    kind: 'sql',
    target: 'shop',
    statements: [statement],
    reason: 'fuzzing',
    source: `fuzz-${name}`,
  })
  const callers = async (product: number): Promise<[ChangeRequest, string]> => {
    const work = request(`UPDATE shop.products SET price_cents = price_cents + 1 WHERE product_id = ${product}`)
    const { change_id } = await story.ask({ ...work, executor: 'caller', limits: { grant_seconds: 900 } }, 'grant')
    return [work, change_id]
  }
  const closed = await story.ask(request('SELECT order_id FROM shop.orders WHERE order_id = 1'), 'end')
  const waiting = await story.ask(request(`DELETE FROM shop.orders WHERE status = 'cancelled'`), 'verdict')
  const [, granted] = await callers(11)
  const [work, redeemed] = await callers(12)
  await redeem(stack, redeemed, work)
  const [approver] = await story.ana.approvers()
  const { spki } = await createKeyFile(key(`fuzz-${name}.pem`), 'ES256')
  if (approver === undefined) throw new Error('expected an approver')
  return {
    changes: [closed.change_id, waiting.change_id],
    callers: [granted, redeemed],
    login: 'etl',
    keyId: approver.key_id,
    spki: Buffer.from(spki).toString('base64'),
    targets: ['shop', 'shop_staging'],
  }
}

// The work is committed and not reported. What an earlier role froze is no caller's any more.
async function redeem({ story, forbid }: TestStack, changeId: string, { statements }: ChangeRequest): Promise<void> {
  if ((await story.ana.change(changeId)).state !== 'ENFORCING') return
  const { token } = await story.ana.grant(changeId, 'etl')
  forbid({ secrets: [token] })
  await story.job(['select clyra_guard.redeem($1)', [token]], ...statements.map((statement): [string] => [statement]))
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
