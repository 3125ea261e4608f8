// The user's own activity: it does the work in its own transaction, with its own login, behind Clyra's gate.
import { appendFileSync } from 'node:fs'
import { governed, grant } from 'clyra/temporal'
import pg from 'pg'
import { statements } from './changes.ts'

export type JobActivities = ReturnType<typeof jobActivities>

/** `tokens` is a file for the test alone: it must be found nowhere else. */
export const jobActivities = ({ url, tokens }: { url: string; tokens: string }) => ({
  raiseTotal: governed(
    async (order: number): Promise<void> => {
      const granted = await grant('etl')
      if (granted.state === 'redeemed') return
      appendFileSync(tokens, `${granted.token}\n`)
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      try {
        await client.query('begin')
        if (granted.state === 'granted') await client.query('select clyra_guard.redeem($1)', [granted.token])
        await client.query(statements.touch(order))
        await client.query('commit')
      } finally {
        await client.end()
      }
    },
    { change: 'raise', args: (order) => ({ order }) },
  ),
})
