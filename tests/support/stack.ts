// A whole stack for tests, in a directory of its own: the real `clyra up`, the real CLI, a policy whose gates close quickly.
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { newStory, type Story } from '../../cli/quickstart/story.ts'
import { launchStack } from '../../cli/up/launch.ts'
import type { OidcOptions } from '../../plugins/oidc/discovery.ts'
import type { RunFile } from '../../runtime/config.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { storeUrl } from './locks.ts'
import { type PostgresLine, postgresLine } from './postgres-line.ts'
import type { TestSlack } from './slack.ts'
import { leaksInside, leaksOnDisk, type Needles } from './stack-leaks.ts'

export const checkout = resolve(import.meta.dirname, '../..')

export interface TestStack {
  home: string
  run: RunFile
  story: Story
  /** Everything the story has said: what the CLI printed. */
  said: string[]
  key(name: string): string
  /** Stops every part and starts it again over the same state, so that it reads its configuration anew. */
  restart(): Promise<void>
  /** Names values that must stand nowhere but in the warehouse, and texts that must not reach Temporal or a log. */
  forbid(needles: Partial<Needles>): void
  /** Between worker and gateway and their databases; null unless asked for. */
  lines: { store: PostgresLine; warehouse: PostgresLine } | null
  /** Stops every part. Throws when a statement that was asked for, a forbidden value, a token or a key stands where it must not. */
  stop(): Promise<void>
}

/**
 * Seconds a gate of the target `shop_hasty` stays open; a gate of `shop_pair` wants two approvers; `shop_split` takes 1000 rows;
 * `shop_strict` wants an approval of grade enhanced.
 */
export const hastySeconds = 2

/**
 * `counted` puts a line before each database, which counts round trips and stands still on demand. With `slack` approvers are told
 * there; with `sso` they sign on there, and the gateway listens at `sso.port`.
 */
export async function startTestStack({
  counted = false,
  slack,
  sso,
}: {
  counted?: boolean
  slack?: TestSlack
  sso?: { client: OidcOptions; port: number }
} = {}): Promise<TestStack> {
  const home = mkdtempSync(join(tmpdir(), 'clyra-e2e-'))
  chmodSync(home, 0o755)
  symlinkSync(join(checkout, 'packs'), join(home, 'packs'))
  const policy = readFileSync(join(checkout, 'packs/sox-controls/policy.yaml'), 'utf8')
  writeFileSync(join(home, 'hasty.yaml'), policy.replace(/deadline_seconds: \d+/, `deadline_seconds: ${hastySeconds}`))
  writeFileSync(join(home, 'pair.yaml'), policy.replace(/quorum: \d+/, 'quorum: 2'))
  writeFileSync(join(home, 'strict.yaml'), policy.replace(/( +)quorum: \d+/, '$&\n$1grade: enhanced'))
  writeFileSync(join(home, 'split.yaml'), policy.replace(/max_rows: \d+/, 'max_rows: 1000'))
  const config = readFileSync(join(checkout, 'clyra.yaml'), 'utf8')
  const shop = config.slice(config.indexOf('  shop:\n'), config.indexOf('  shop_staging:'))
  const copies = ['hasty', 'pair', 'split', 'strict'].map((name) =>
    shop.replace('  shop:', `  shop_${name}:`).replace('packs/sox-controls/policy.yaml', `${name}.yaml`),
  )
  writeFileSync(join(home, 'clyra.yaml'), config.replace('targets:\n', `targets:\n${copies.join('')}`))
  if (slack !== undefined) configureSlack(home, slack)
  if (sso !== undefined) configureSignOn(home, sso)
  const lines = counted ? await countedLines(home) : null
  process.env.CLYRA_HOME = home
  let launched = await launchStack(() => undefined)
  const key = (name: string) => join(home, '.clyra/keys', name)
  const said: string[] = []
  const needles = { secrets: [] as string[], reasons: [] as string[] }
  const story = watched(
    newStory(launched.run.gateway, (line) => said.push(line)),
    needles.secrets,
  )
  return {
    home,
    run: launched.run,
    story,
    said,
    forbid({ secrets = [], reasons = [] }) {
      needles.secrets.push(...secrets)
      needles.reasons.push(...reasons)
    },
    key,
    async restart() {
      await launched.stop()
      process.env.CLYRA_HOME = home
      launched = await launchStack(() => undefined)
    },
    lines,
    async stop() {
      const { run } = launched
      const leaks = isAlive(run.pid) ? await leaksInside(home, run.temporal.address, storeUrl({ key }), needles) : []
      await launched.stop()
      await lines?.store.stop()
      await lines?.warehouse.stop()
      leaks.push(...leaksOnDisk(home, needles))
      rmSync(home, { recursive: true, force: true })
      if (leaks.length > 0) throw new Error(`expected no leak, found\n${leaks.join('\n')}`)
    },
  }
}

// Whatever a suite asks for is looked for at its end. The shortest statements occur by chance.
function watched(story: Story, secrets: string[]): Story {
  const { ana } = story
  const submit: Story['ana']['submit'] = (request, ...more) => {
    secrets.push(...request.statements.filter((statement) => statement.length >= 24))
    return ana.submit(request, ...more)
  }
  const watching = { ...ana, submit }
  const ask: Story['ask'] = async (request, until) => story.follow(await submit(request, randomUUID()), until)
  return { ...story, ana: watching, ask }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function configureSlack(home: string, { token, signingSecret, channel, apiUrl }: TestSlack): void {
  mkdirSync(join(home, '.clyra/keys'), { recursive: true })
  writeFileSync(join(home, '.clyra/keys/slack.token'), token, { mode: 0o600 })
  writeFileSync(join(home, '.clyra/keys/slack.signing'), signingSecret, { mode: 0o600 })
  const secrets = `token: 'file:.clyra/keys/slack.token', signing_secret: 'file:.clyra/keys/slack.signing'`
  const text = `\nslack: { channel: ${channel}, ${secrets}, api_url: '${apiUrl}' }\n`
  writeFileSync(join(home, 'clyra.yaml'), text, { flag: 'a' })
}

function configureSignOn(home: string, { client, port }: { client: OidcOptions; port: number }): void {
  mkdirSync(join(home, '.clyra/keys'), { recursive: true })
  writeFileSync(join(home, '.clyra/ports.json'), JSON.stringify({ gateway: port }))
  writeFileSync(join(home, '.clyra/keys/sso.secret'), client.client_secret ?? '', { mode: 0o600 })
  const text = `\nsso: { issuer: '${client.issuer}', client_id: ${client.client_id}, client_secret: 'file:.clyra/keys/sso.secret' }\n`
  writeFileSync(join(home, 'clyra.yaml'), text, { flag: 'a' })
}

// Ports and passwords the stack keeps when it finds them: so the lines can stand before the servers do, and the logins name the lines.
async function countedLines(home: string): Promise<NonNullable<TestStack['lines']>> {
  const keys = join(home, '.clyra/keys')
  mkdirSync(keys, { recursive: true })
  const secret = (name: string, text: string) => writeFileSync(join(keys, name), text, { mode: 0o600 })
  const password = randomBytes(16).toString('hex')
  for (const name of ['store-service', 'shop-dml', 'shop-ddl']) secret(`${name}.password`, password)
  const ports = { store: await freePort(), warehouse: await freePort() }
  writeFileSync(join(home, '.clyra/ports.json'), JSON.stringify(ports))
  const lines = { store: await postgresLine(ports.store), warehouse: await postgresLine(ports.warehouse) }
  secret('line-store.url', `postgres://clyra_service:${password}@127.0.0.1:${lines.store.port}/clyra`)
  for (const role of ['dml', 'ddl'])
    secret(`line-${role}.url`, `postgres://clyra_${role}:${password}@127.0.0.1:${lines.warehouse.port}/shop`)
  const config = readFileSync(join(home, 'clyra.yaml'), 'utf8')
  writeFileSync(
    join(home, 'clyra.yaml'),
    config
      .replaceAll('keys/store.url', 'keys/line-store.url')
      .replaceAll(/keys\/shop-(dml|ddl)\.url/g, 'keys/line-$1.url')
      // What a test holds up waits as long as the test does.
      .replaceAll('lock_timeout_ms: 5000', 'lock_timeout_ms: 25000'),
  )
  return lines
}

/** Enrolls somebody of the shop as an approver, with a key and beside it a token; ana has one already, that of who asks. */
export async function enroll({ story, key }: TestStack, person: string): Promise<void> {
  const files = ['--key-file', key(`${person}.pem`), '--token-file', key(person === 'ana' ? 'ana-approver.token' : `${person}.token`)]
  const code = await story.clyra('approver', 'enroll', '--person', `${person}@shop.example`, ...files)
  if (code !== 0) throw new Error(`expected ${person} to be enrolled, found exit code ${code}`)
}

/** Runs a program to its end. */
export const runProgram = (program: string, words: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done, fail) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? 1, out, err }))
  })
