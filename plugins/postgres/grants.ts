// Grants as the warehouse keeps them: the caller redeems one in his own transaction, Clyra issues it and reads what became of it.
import type pg from 'pg'
import { ClyraError } from '../../core/errors.ts'
import type { IssueRequest, Redemption } from '../../core/ports.ts'
import { pin } from './pins.ts'
import { inSession } from './session.ts'
import type { Attempt } from './settle.ts'

const timeouts = { statement_timeout_ms: 5_000, lock_timeout_ms: 1_000 }
const missing = {
  '3F000': 'CLYRA_POSTGRES_GUARD_MISSING',
  '42883': 'CLYRA_POSTGRES_GUARD_MISSING',
  '42501': 'CLYRA_POSTGRES_GUARD_MISSING',
} as const

/** Fills Granter.issue. CLYRA_ENFORCE_FAILED_OVER on another server: what was redeemed on the first one is not known here. */
export const issueGrant = (login: pg.ClientConfig, request: IssueRequest): Promise<'issued' | 'redeemed' | 'void'> =>
  inSession(
    login,
    'issue a grant',
    async (session) => {
      await session.run('begin')
      await pin(session, timeouts)
      const [row] = await session.query<{ answer: 'issued' | 'redeemed' | 'void' | null }>(
        'select case when p.known then clyra_guard.issue($1, $2, $3, $4, $5, $6, $7, $8) end as answer from clyra_guard.place() p',
        [
          request.change_id,
          request.attempt,
          request.payload_digest,
          request.grant_id,
          request.token_hash,
          request.login,
          request.expires_at,
          request.certificate_id,
        ],
      )
      const answer = row?.answer ?? null
      if (answer === null)
        throw new ClyraError(
          'CLYRA_ENFORCE_FAILED_OVER',
          'expected the server the guard was applied to, found another identity or timeline',
        )
      await session.run('commit')
      return answer
    },
    { ...missing, '55P03': 'CLYRA_GRANT_IN_USE', CY001: 'CLYRA_GRANT_LOGIN' },
  )

/** Fills Granter.redemption. What it answers is durable: an asynchronous COMMIT of the caller's is brought to disk first. */
export const redemptionOf = (login: pg.ClientConfig, attempt: Attempt): Promise<Redemption | null> =>
  inSession(
    login,
    'tell whether a grant was redeemed',
    async (session) => {
      await session.run('begin')
      await pin(session, timeouts)
      // to_char cuts the microseconds off, so that the time stays before an expiry given in milliseconds.
      const [row] = await session.query<Redemption>(
        `select grant_id::text, xid, login::text, pg_catalog.to_char(redeemed_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as redeemed_at
         from clyra_guard.redemption($1, $2, $3)`,
        [attempt.change_id, attempt.attempt, attempt.payload_digest],
      )
      await session.run('commit')
      return row ?? null
    },
    missing,
  )
