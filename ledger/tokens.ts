// Bearer tokens of callers. A token can ask; it can never approve.
import { createHash, randomBytes } from 'node:crypto'
import type { Statement, Store } from './store.ts'
import type { Principal, Tokens } from './types.ts'

const issue: Statement = {
  name: 'issue_token',
  text: 'insert into clyra.tokens (hash, tenant, actor, person, roles) values ($1, $2, $3, $4, $5)',
}
const find: Statement = {
  name: 'find_token',
  text: 'select tenant, actor, person, roles from clyra.tokens where hash = $1 and revoked_at is null',
}
const revoke: Statement = {
  name: 'revoke_tokens',
  text: 'update clyra.tokens set revoked_at = clock_timestamp() where tenant = $1 and actor = $2 and revoked_at is null',
}

const tokenForm = /^clyra_[A-Za-z0-9_-]{43}$/

// 256 random bits need no slow hash.
const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Tokens: `clyra_` and 256 random bits in base64url; the store knows their SHA-256 alone. */
export const openTokens = (store: Store): Tokens => ({
  async issue({ tenant, actor, person, roles }) {
    const token = `clyra_${randomBytes(32).toString('base64url')}`
    await store.query(issue, [hashOf(token), tenant, actor, person, roles])
    return token
  },
  async principal(token) {
    if (!tokenForm.test(token)) return null
    const [row] = await store.query<Principal>(find, [hashOf(token)])
    return row ?? null
  },
  async revokeActor(tenant, actor) {
    await store.query(revoke, [tenant, actor])
  },
})
