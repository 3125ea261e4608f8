// Two snapshots of a warehouse, and what changed between them.
import { type Body, digest } from './bundle.ts'

/** What a delta says of two snapshots. */
export interface Seen {
  before: Body
  after: Body
  changes: Body[]
}

const column = (ordinal: number, name: string, more: Body = {}): Body => ({
  ordinal,
  name,
  type: 'text',
  nullable: true,
  default_hash: null,
  collation: null,
  ...more,
})
const relation = (name: string, columns: Body[], more: Body = {}): Body => ({
  schema: 'shop',
  name,
  kind: 'table',
  owner: 'o',
  columns,
  parts: [],
  definition_hash: null,
  grants_hash: digest('grants'),
  row_security: false,
  ...more,
})
const index = (name: string, text: string): Body => ({ name, kind: 'index', definition_hash: digest(text) })

/** Worked out by hand from spec/delta.md. */
export const seen: Seen = {
  before: {
    platform: 'postgresql',
    relations: [
      relation('gone', [column(1, 'id')]),
      relation('orders', [column(1, 'id'), column(2, 'note', { collation: 'C' }), column(3, 'a.b')], { parts: [index('i', 'one')] }),
    ],
  },
  after: {
    platform: 'postgresql',
    relations: [
      relation('orders', [column(1, 'id', { nullable: false, default_hash: digest('0') }), column(2, 'a.b')], {
        parts: [index('i', 'two')],
        definition_hash: digest('view'),
      }),
    ],
  },
  changes: [
    { relation: 'shop.gone', path: 'relation', change: 'removed', before: 'table', after: null },
    { relation: 'shop.orders', path: 'column."a.b".ordinal', change: 'altered', before: '3', after: '2' },
    { relation: 'shop.orders', path: 'column.id.default', change: 'added', before: null, after: digest('0') },
    { relation: 'shop.orders', path: 'column.id.nullable', change: 'altered', before: 'true', after: 'false' },
    { relation: 'shop.orders', path: 'column.note', change: 'removed', before: 'text', after: null },
    { relation: 'shop.orders', path: 'definition', change: 'added', before: null, after: digest('view') },
    { relation: 'shop.orders', path: 'part.index.i', change: 'altered', before: digest('one'), after: digest('two') },
  ],
}
