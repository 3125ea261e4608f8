// What every scene of the quickstart has at hand: a client for the requester, the warehouse as any script sees it, a pen.
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { homeDir, stateDir } from '../../runtime/config.ts'
import { type Client, createClient } from '../client.ts'
import { type Watch, watch } from '../watch.ts'

export interface Story {
  /** The requester's own client. */
  ana: Client
  say(line: string): void
  /** Submits and follows until policy has spoken (`verdict`), a caller may have his grant, or the evidence is sealed (`end`). */
  ask(request: ChangeRequest, until: Watch['until']): Promise<ChangeView>
  follow(view: ChangeView, until: Watch['until']): Promise<ChangeView>
  /** Runs `clyra …` as a process of its own, as another person would; its output goes to the story. Answers the exit code. */
  clyra(...words: string[]): Promise<number>
  /** A query of the warehouse, or of the store, as their owner: what Clyra does not see. */
  warehouse<T extends pg.QueryResultRow>(sql: string, values?: unknown[]): Promise<T[]>
  store(sql: string, values?: unknown[]): Promise<number>
  /** One transaction of the nightly job, with its own login. */
  job(...statements: [sql: string, values?: unknown[]][]): Promise<void>
}

const bin = fileURLToPath(new URL('../bin.ts', import.meta.url))
const secret = (name: string): string => readFileSync(join(stateDir(), 'keys', name), 'utf8').trim()

export function newStory(gateway: string, say: (line: string) => void): Story {
  const ana = createClient({ base: gateway, token: secret('ana.token') })
  const follow = (view: ChangeView, until: Watch['until']) =>
    watch(ana, view, { until, timeoutSeconds: 120, onLine: (line) => say(`    ${line}`) })
  return {
    ana,
    say,
    follow,
    ask: async (request, until) => follow(await ana.submit(request, `quickstart:${randomUUID()}`), until),
    clyra: (...words) => run(words, say),
    warehouse: (sql, values) => query(secret('warehouse-admin.url'), sql, values).then(({ rows }) => rows as never),
    job: (...statements) => transaction(secret('shop-etl.url'), statements),
    store: (sql, values) => query(storeAdminUrl(), sql, values).then(({ rowCount }) => rowCount ?? 0),
  }
}

// The owner of the store's server: the one attacker that a role without rights does not stop.
function storeAdminUrl(): string {
  const url = new URL(secret('store.url'))
  url.username = 'postgres'
  url.password = secret('store-admin.password')
  return url.href
}

async function query(connectionString: string, sql: string, values: unknown[] = []): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    return await client.query(sql, values)
  } finally {
    await client.end()
  }
}

async function transaction(connectionString: string, statements: [sql: string, values?: unknown[]][]): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  try {
    await client.query('begin')
    for (const [sql, values = []] of statements) await client.query(sql, values)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

const run = (words: string[], say: (line: string) => void): Promise<number> =>
  new Promise((resolve, reject) => {
    say(`    $ clyra ${words.join(' ')}`)
    const child = spawn(process.execPath, [bin, ...words], {
      env: { ...process.env, CLYRA_HOME: homeDir() },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.trimEnd().split('\n')) say(`      ${line}`)
      })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
