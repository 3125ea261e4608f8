// The search that ends every suite with a stack: what a caller sent, and what opens a door, stands nowhere it must not stand.
import { readFileSync } from 'node:fs'
import { basename, join, sep } from 'node:path'
import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import pg from 'pg'
import { filesBelow, leaksInFiles, type Search, searchFor } from './leaks.ts'

export interface Needles {
  /** Statements, values, tokens, keys: in the warehouse and in keys/ alone. */
  secrets: readonly string[]
  /** Texts for people: in the ledger and in evidence, never in Temporal or in a log. */
  reasons: readonly string[]
}

/** Tokens, passwords and keys of the state directory; of a key file its first line of key. */
export const keysOf = (home: string): string[] =>
  filesBelow(join(home, '.clyra/keys'))
    .map((file) => readFileSync(file, 'utf8').trim())
    .flatMap((text) => (text.startsWith('-----') ? [text.split('\n')[1] as string] : [text]))

/** Leaks in the files of a stack that has stopped, and core dumps, which would hold everything. */
export function leaksOnDisk(home: string, { secrets, reasons }: Needles): string[] {
  const state = join(home, '.clyra')
  const files = filesBelow(state).filter((file) => !file.startsWith(join(state, 'keys') + sep))
  const inWarehouse = (file: string) => file.startsWith(join(state, 'db/warehouse') + sep)
  const dumps = files.filter((file) => /^core(\.\d+)?$/.test(basename(file))).map((file) => `${file}: a core dump`)
  const quiet = files.filter((file) => file.startsWith(join(state, 'logs') + sep) || basename(file).startsWith('temporal.db'))
  const outside = files.filter((file) => !inWarehouse(file))
  return [...dumps, ...leaksInFiles(outside, searchFor([...secrets, ...keysOf(home)])), ...leaksInFiles(quiet, searchFor(reasons))]
}

/** Leaks in what a running stack tells: every history Temporal has, every row of the store as it is read (on disk some are packed). */
export async function leaksInside(home: string, address: string, storeUrl: string, { secrets, reasons }: Needles): Promise<string[]> {
  const own = searchFor([...secrets, ...keysOf(home)])
  return [...(await inHistories(address, own, searchFor(reasons))), ...(await inStore(storeUrl, own))]
}

async function inHistories(address: string, ...searches: Search[]): Promise<string[]> {
  const { History } = proto.temporal.api.history.v1
  const connection = await Connection.connect({ address })
  const service = connection.workflowService
  const leaks: string[] = []
  try {
    for (let nextPageToken: Uint8Array | null | undefined; nextPageToken === undefined || nextPageToken?.length; ) {
      const page = await service.listWorkflowExecutions({ namespace: 'default', pageSize: 1000, nextPageToken: nextPageToken ?? null })
      for (const { execution } of page.executions ?? []) {
        const { history } = await service.getWorkflowExecutionHistory({ namespace: 'default', execution: execution ?? null })
        const bytes = Buffer.from(History.encode(history ?? {}).finish())
        for (const search of searches)
          leaks.push(...search(bytes).map((needle) => `history ${execution?.workflowId}: ${needle.slice(0, 12)}…`))
      }
      nextPageToken = page.nextPageToken ?? null
    }
  } finally {
    await connection.close()
  }
  return leaks
}

async function inStore(url: string, search: Search): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'clyra'`,
    )
    const leaks = []
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`)
      leaks.push(...search(Buffer.from(rows.map(({ row }) => row).join('\n'))).map((needle) => `store ${name}: ${needle.slice(0, 12)}…`))
    }
    return leaks
  } finally {
    await client.end()
  }
}
