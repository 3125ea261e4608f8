// The machine in general terms: what a reader needs to judge the figures, and nothing that names it.
import { cpus, release, totalmem, type } from 'node:os'
import pg from 'pg'
import { runProgram } from '../tests/support/stack.ts'

/** One line: cores, memory, versions. */
export async function machine(storeUrl: string, temporal: string): Promise<string> {
  const client = new pg.Client({ connectionString: storeUrl })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  const { out } = await runProgram(temporal, ['--version'])
  const server = /Server ([\d.]+)/.exec(out)?.[1] ?? 'of an unknown version'
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${cpus().length} cores, ${memory} GiB, ${type()} ${release().split('-')[0]}, Node ${process.versions.node}, PostgreSQL ${rows[0]?.server_version.split(' ')[0]}, Temporal dev server ${server} (SQLite file)`
}
