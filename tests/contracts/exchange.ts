// One request and its answer, as they stand in the contract files, and the placeholders for what differs between two runs.
import { canonical } from '../../core/canonical.ts'
import type { ChangeView, ReceiptsView } from '../../core/generated/types.ts'
import { encode } from '../../evidence/zip.ts'

export interface Exchange {
  request: { method: string; path: string; headers: Record<string, string>; body?: unknown }
  response: { status: number; headers: Record<string, string>; body?: unknown; body_base64?: string }
}

/** Headers of an answer that a caller may rely on. */
export const headersKept = ['content-type', 'content-disposition', 'location', 'retry-after', 'www-authenticate']

/** Stands for every evidence file: a zip that opens and holds one small text. */
export const someZip = encode(new Map([['README.txt', Buffer.from('The evidence of a change stands here.\n')]])).toString('base64')

const latest = '2026-01-02T00:00:00.000Z'
const earliest = '2026-01-01T00:00:00.000Z'
// What is said by when, and what is said of the machine and of the log as a whole.
const byName: Readonly<Record<string, string>> = {
  deadline: latest,
  expires_at: latest,
  lsn: '0/1',
  xid: '1',
  snapshot: '1:1:',
  system_identifier: '1',
  server_version: '18.0',
}

const forms: readonly [RegExp, (count: number) => string][] = [
  [/chg_[a-z2-7]{26}/g, (count) => `chg_${String.fromCharCode(96 + count).repeat(26)}`],
  [/[0-9a-f]{64}/g, (count) => count.toString(16).padStart(64, '0')],
  [
    /[0-9a-f]{8}-[0-9a-f]{4}-([47])[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g,
    (count) => `00000000-0000-7000-8000-${String(count).padStart(12, '0')}`,
  ],
  [/clg_[A-Za-z0-9_-]{43}/g, (count) => `clg_${String(count).padStart(43, '0')}`],
]

/**
 * Replaces, in the order of a scenario's exchanges: the same value is the same placeholder all through it, two values are two. Every
 * placeholder fits the schema of its place.
 */
export function normaliser() {
  const seen = new Map<string, Map<string, number>>()
  const nth = (kind: string, value: string): number => {
    const known = seen.get(kind) ?? new Map<string, number>()
    seen.set(kind, known)
    const count = known.get(value) ?? known.size + 1
    known.set(value, count)
    return count
  }
  const last = new Map<string, unknown>()

  const text = (value: string): string =>
    forms
      .reduce((whole, [form, placeholder], index) => whole.replace(form, (found) => placeholder(nth(String(index), found))), value)
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, earliest)
      .replace(/(127\.0\.0\.1|localhost):\d+/g, '$1:7000')
      .replace(/ lsn [0-9A-F]+\/[0-9A-F]+/g, ' lsn 0/1')
      .replace(/ xid \d+/g, ' xid 1')
  // Places in the registry are counted from the first one seen; those in the tenant's log by how many were seen, and 0 is the beginning.
  let first: number | null = null
  const registered = (seq: number): number => {
    if (seq === 0) return 0
    first ??= seq
    return seq - first + 1
  }
  const sealed = (at: number): number => (at === 0 ? 0 : nth('sealed', String(at)))
  const path = (value: string): string =>
    text(value)
      .replace(/([?&]after=)(\d+)/, (_, name, at) => `${name}${registered(Number(at))}`)
      .replace(/([?&]sealed_after=)(\d+)/, (_, name, at) => `${name}${sealed(Number(at))}`)

  const member = (name: string, value: unknown): unknown => {
    if (typeof value === 'string' && byName[name] !== undefined) return byName[name]
    if (name === 'sealed_after' && typeof value === 'number') return sealed(value)
    if (name === 'after' && typeof value === 'number') return registered(value)
    return placed(value)
  }
  const placed = (value: unknown): unknown => {
    if (typeof value === 'string') return text(value)
    if (Array.isArray(value)) return value.map(placed)
    if (typeof value !== 'object' || value === null) return value
    if ('checkpoint' in value) return receipts(value as ReceiptsView)
    const normal = Object.fromEntries(Object.entries(value).map(([name, each]) => [name, member(name, each)]))
    return 'workflow_id' in normal ? { ...normal, seq: registered(Number(normal.seq)) } : normal
  }
  // Lines are JSON in a text; the note is signed and hashes what the placeholders took the place of.
  const receipts = ({ lines, checkpoint, ...rest }: ReceiptsView) => ({
    ...(placed(rest) as object),
    lines: lines.map((line) => canonical(placed(JSON.parse(line)))),
    checkpoint: text(checkpoint)
      .replace(/\n[A-Za-z0-9+/]{43}=\n/, `\n${Buffer.alloc(32).toString('base64')}\n`)
      .replace(/ [A-Za-z0-9+/]+={0,2}\n$/, ` ${Buffer.alloc(68).toString('base64')}\n`),
  })

  return ({ request, response }: Exchange): Exchange => {
    const { method, headers } = request
    const asked = path(request.path)
    const said = placed(request.body)
    const answer = placed(response.body) as ChangeView | undefined
    const body = response.status === 202 ? taken(request.path, answer as ChangeView, last) : answer
    if (body !== undefined && 'workflow_id' in body) last.set(body.change_id, body)
    return {
      request: { method, path: asked, headers, ...(said === undefined ? {} : { body: said }) },
      response: {
        status: response.status,
        headers: placed(response.headers) as Record<string, string>,
        ...(body === undefined ? {} : { body }),
        ...(response.body_base64 === undefined ? {} : { body_base64: someZip }),
      },
    }
  }
}

/** 202 says that it is taken: how far it has come by then is a matter of moments, so it is written as it was before. */
const taken = (path: string, view: ChangeView, last: ReadonlyMap<string, unknown>): ChangeView =>
  path === '/v1/changes' ? asSubmitted(view) : ((last.get(view.change_id) ?? view) as ChangeView)

const asSubmitted = (view: ChangeView): ChangeView => ({
  ...view,
  version: 0,
  state: 'OPEN',
  outcome: null,
  code: null,
  verdict: null,
  approvers: [],
  match_code: null,
  affected_rows: null,
  anchor: null,
  bundle_id: null,
  evidence: null,
  stalled: false,
  links: { ...view.links, evidence: null },
})
