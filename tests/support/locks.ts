// Locks held from outside, so that a test decides where a change stands still.
import { readFileSync } from 'node:fs'
import pg from 'pg'
import type { TestStack } from './stack.ts'

/** A transaction that holds a lock until it is let go. */
export async function holding(url: string, sql: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  // The server may be told to end it; that is the end it is here for.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin')
  await client.query(sql)
  return () => client.end()
}

/** The warehouse as its owner sees it. */
export const warehouseUrl = (stack: TestStack): string => readFileSync(stack.key('warehouse-admin.url'), 'utf8').trim()

/** The store as its owner sees it. */
export function storeUrl(stack: Pick<TestStack, 'key'>): string {
  const url = new URL(readFileSync(stack.key('store.url'), 'utf8').trim())
  url.username = 'postgres'
  url.password = readFileSync(stack.key('store-admin.password'), 'utf8').trim()
  return url.href
}
