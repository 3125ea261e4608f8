// `make bench`: what governance costs beside Temporal alone, in rounds that take turns. Prints the page and writes bench/results.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { Client, Connection } from '@temporalio/client'
import { findTemporal } from '../runtime/parts/temporal.ts'
import { checkout, startTestStack, type TestStack } from '../tests/support/stack.ts'
import { certificateCosts } from './certificate.ts'
import { counts } from './counts.ts'
import { governedSide } from './governed.ts'
import { machine } from './machine.ts'
import { noopSide } from './noop/side.ts'
import { profile } from './profile.ts'
import { receiptRates } from './receipts.ts'
import {
  certificatesTable,
  changesTable,
  countsTable,
  looksTable,
  momentsTable,
  profileTable,
  receiptsTable,
  statementsTable,
  tripsTables,
} from './report.ts'
import { runRounds } from './runs.ts'
import type { Side } from './side.ts'
import { snapshotCosts } from './snapshots.ts'
import { waitingSection } from './waiting.ts'

const rounds = 5
const say = (line: string) => console.error(line)

async function onStack<T>(
  counted: boolean,
  work: (stack: TestStack, client: Client, governed: Side, noop: Side) => Promise<T>,
): Promise<T> {
  const stack = await startTestStack({ counted })
  try {
    const connection = await Connection.connect({ address: stack.run.temporal.address })
    const client = new Client({ connection })
    const noop = await noopSide(client, stack.run.temporal.address)
    try {
      return await work(stack, client, await governedSide(stack, client), noop)
    } finally {
      await noop.stop()
      await connection.close()
    }
  } finally {
    await stack.stop()
  }
}

// The lines that count are not there when time is taken.
say('counting')
const { costs, trips } = await onStack(true, async (stack, client, governed, noop) => ({
  costs: await counts(stack, client, noop),
  trips: await profile(stack, client, governed),
}))

const measured = await onStack(false, async (stack, client, governed, noop) => {
  const secret = (name: string) => readFileSync(stack.key(name), 'utf8').trim()
  const changes = await runRounds(client, { governed, noop }, rounds, say)
  say('receipts')
  const admin = new URL(secret('store.url'))
  admin.username = 'postgres'
  admin.password = secret('store-admin.password')
  const rates = await receiptRates(secret('store.url'), admin.href, rounds)
  say('snapshots')
  const looks = await snapshotCosts(secret('warehouse-admin.url'), rounds)
  return { changes, rates, looks, on: await machine(admin.href, findTemporal(checkout) as string) }
})

say('certificates')
const certificates = await certificateCosts(rounds)

say('changes that wait')
const waiting = await waitingSection()

const { changes, rates, looks, on } = measured
const figures = [
  `Measured on ${on}. Median of ${rounds} rounds, lowest and highest round in brackets.`,
  '## Governed change beside a no-op workflow of the same shape',
  changesTable(changes),
  '## How soon',
  momentsTable(changes),
  '## What one change counts',
  countsTable(costs),
  '## Receipts',
  receiptsTable(rates),
  '## An approval certificate',
  certificatesTable(certificates),
  '## Schema snapshot and anchor',
  looksTable(looks),
  '## Where the time goes',
  profileTable(changes, 'allow'),
  profileTable(changes, 'approve'),
  'The same with the share of the databases, taken over lines that count (log-ins are in the figures here, in no other count):',
  tripsTables(trips),
  'Round trips to the store by statement:',
  statementsTable(costs),
  waiting,
].join('\n\n')

const mark = '<!-- figures: written by `make bench`, everything below -->'
const page = new URL('./results.md', import.meta.url)
const [prose] = readFileSync(page, 'utf8').split(mark)
writeFileSync(page, `${prose}${mark}\n\n${figures}\n`)
console.log(figures)
