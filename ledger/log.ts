// Reading the log, and signing its committed heads.
import { ClyraError } from '../core/errors.ts'
import type { Signer } from '../core/ports.ts'
import { appender, clock } from './append.ts'
import { signCheckpoint } from './checkpoint.ts'
import { receiptJudge } from './schemas.ts'
import { only, type Statement, type Store } from './store.ts'
import { fromRow } from './stored.ts'
import { rootOf } from './tree.ts'
import type { Log } from './types.ts'

const columns = `line, encode(leaf, 'hex') as leaf`
const readRange: Statement = {
  name: 'read_range',
  text: `select ${columns} from clyra.receipts where stream = $1 and seq >= $2 and seq < $3 order by seq`,
}
const readNow: Statement = {
  name: 'read_now',
  text: `select ${clock} as now,
    (select json_agg(json_build_object('line', line, 'leaf', encode(leaf, 'hex')) order by seq) from clyra.receipts where stream = $1) as rows`,
}
const findByKey: Statement = { name: 'find_by_key', text: `select ${columns} from clyra.receipts where stream = $1 and key = $2` }
const readEdge: Statement = { name: 'read_edge', text: 'select clyra.edge($1, $2) as edge' }
const readClock: Statement = { name: 'read_clock', text: `select ${clock} as now` }

/** The log over the store. Checkpoints are signed with the Ed25519 signer under `logName`. */
export function openLog(store: Store, signer: Signer, logName: string): Log {
  const origin = (stream: string) => `${logName}/${stream}`
  const edge: Log['edge'] = async (stream, size) => {
    const row = only(await store.query<{ edge: (Buffer | null)[] }>(readEdge, [stream, size]))
    const nodes = row.edge.filter((node) => node !== null)
    if (nodes.length < row.edge.length)
      throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', `expected ${size} receipts in ${stream}, found fewer`)
    return nodes
  }
  const root: Log['root'] = async (stream, size) => rootOf(await edge(stream, size))
  // Rows become visible with their head, so a size whose root can be read is committed.
  const head: Log['head'] = async (stream, size) => {
    const found = await root(stream, size)
    return { root: found, checkpoint: await signCheckpoint(signer, logName, origin(stream), size, found) }
  }
  return {
    append: appender(store, receiptJudge(), origin),
    async read(stream, from = 0, to = Number.MAX_SAFE_INTEGER) {
      return (await store.query<{ line: string; leaf: string }>(readRange, [stream, from, to])).map(fromRow)
    },
    async readNow(stream) {
      const { now, rows } = only(await store.query<{ now: string; rows: { line: string; leaf: string }[] | null }>(readNow, [stream]))
      return { now, receipts: (rows ?? []).map(fromRow) }
    },
    async find(stream, key) {
      const [row] = await store.query<{ line: string; leaf: string }>(findByKey, [stream, key])
      return row ? fromRow(row) : null
    },
    edge,
    root,
    head,
    origin,
    now: async () => only(await store.query<{ now: string }>(readClock, [])).now,
  }
}
