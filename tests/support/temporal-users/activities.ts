// The user's own activities: they do the work in their own transaction, with their own login, behind Clyra's gate.
import { appendFileSync } from 'node:fs'
import { Context } from '@temporalio/activity'
import { type Grant, governed, grant } from 'clyra/temporal'
import pg from 'pg'
import { statements } from './changes.ts'

export type JobActivities = ReturnType<typeof jobActivities>

/** `tokens` is a file for the test alone: what is in it must be found nowhere else. */
export function jobActivities({ url, tokens }: { url: string; tokens: string }) {
  const commit = async (granted: Grant, statement: string): Promise<void> => {
    if (granted.token !== null) appendFileSync(tokens, `${granted.token}\n`)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      await client.query('begin')
      if (granted.state === 'granted') await client.query('select clyra_guard.redeem($1)', [granted.token])
      await client.query(statement)
      await client.query('commit')
    } finally {
      await client.end()
    }
  }
  const work = async (statement: string): Promise<void> => {
    const granted = await grant('etl')
    if (granted.state !== 'redeemed') await commit(granted, statement)
  }
  const ofOrder = (order: number) => ({ order })
  return {
    raiseTotal: governed((order: number) => work(statements.touch(order)), { change: 'raise', args: ofOrder }),
    raiseStaging: governed((order: number) => work(statements.touch(order)), { change: 'raise_staging', args: ofOrder }),
    deleteAbove: governed((above: number) => work(statements.clean(above)), { change: 'clean', args: (above) => ({ above }) }),
    raiseAndStumble: governed(
      async (order: number) => {
        await work(statements.touch(order))
        if (Context.current().info.attempt === 1) throw new Error('the line is cut after the commit')
      },
      { change: 'raise', args: ofOrder },
    ),
  }
}
