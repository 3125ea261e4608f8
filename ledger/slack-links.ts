// Which Slack user is whom, as the receipts of `ledger/<tenant>` tell it. There is no table beside the log that could say otherwise.
import { isDeepStrictEqual } from 'node:util'
import { ClyraError } from '../core/errors.ts'
import type { SlackLinked, SlackUnlinked } from '../core/generated/types.ts'
import { tenantStream } from '../core/receipts.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { Entry, Log, Stored } from './types.ts'

export type SlackUser = Pick<SlackLinked, 'team_id' | 'user_id'>

/** The last link of a Slack user. `unlinked_at` not null: it counts no more. `generation` counts his links and their ends so far. */
export interface SlackLink extends SlackLinked {
  linked_at: string
  unlinked_at: string | null
  generation: number
}

/** Derived from slack_linked and slack_unlinked receipts of `ledger/<tenant>`. Whether a link has expired is for who asks. */
export interface SlackLinks {
  list(tenant: string): Promise<SlackLink[]>
  find(tenant: string, user: SlackUser): Promise<SlackLink | null>
  generation(tenant: string, user: SlackUser): Promise<number>
  /**
   * Links for 90 days and so ends the link before. `generation` is that of when the link was asked for; the same link may come again.
   * CLYRA_LEDGER_CONFLICT when the user was linked or unlinked since.
   */
  link(tenant: string, linked: Omit<SlackLinked, 'expires_at'>, generation: number, actor: Entry['actor']): Promise<SlackLink>
  /** Idempotent: the first counts. CLYRA_LEDGER_NOT_FOUND. */
  unlink(tenant: string, user: SlackUser, reason: string, actor: Entry['actor']): Promise<SlackLink>
}

const readLinks: Statement = {
  name: 'read_slack_links',
  text: `select line, encode(leaf, 'hex') as leaf from clyra.receipts
    where stream = $1 and kind in ('slack_linked', 'slack_unlinked') order by seq`,
}

const linkDays = 90

/** The links of a tenant. */
export function openSlackLinks(store: Store, log: Log): SlackLinks {
  const receiptsOf = async (tenant: string) =>
    (await store.query<{ line: string; leaf: string }>(readLinks, [tenantStream(tenant)])).map(fromRow)
  const list: SlackLinks['list'] = async (tenant) => linksOf(await receiptsOf(tenant))
  const generation: SlackLinks['generation'] = async (tenant, user) =>
    (await receiptsOf(tenant)).filter(({ receipt }) => isOf(receipt.body, user)).length
  const find: SlackLinks['find'] = async (tenant, user) => (await list(tenant)).find((link) => isOf(link, user)) ?? null
  // The place of a receipt in its user's own order is its key: of two who write at one place at once, one alone does.
  const keyAt = ({ team_id, user_id }: SlackUser, place: number) => `slack:${team_id}/${user_id}:${place}`
  return {
    list,
    find,
    generation,
    async link(tenant, linked, place, actor) {
      if ((await generation(tenant, linked)) < place)
        throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', 'expected a place in the order of this user’s links, found one beyond its end')
      const expires_at = new Date(Date.parse(await log.now()) + linkDays * 24 * 60 * 60 * 1000).toISOString()
      const body: SlackLinked = { ...linked, expires_at }
      const [stored] = await log.append(tenantStream(tenant), [{ key: keyAt(linked, place), kind: 'slack_linked', actor, body }])
      const { expires_at: _, ...written } = { ...stored?.receipt.body }
      const link = await find(tenant, linked)
      if (!isDeepStrictEqual(written, { ...linked }) || link === null || link.generation !== place + 1 || link.unlinked_at !== null)
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected a Slack user not linked or unlinked since this link was asked for')
      return link
    },
    async unlink(tenant, user, reason, actor) {
      for (;;) {
        const link = await find(tenant, user)
        if (link === null) throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', 'expected a linked Slack user, found none with this id')
        if (link.unlinked_at !== null) return link
        const body: SlackUnlinked = { team_id: user.team_id, user_id: user.user_id, person: link.person, reason }
        // Whoever links at the same moment takes the place; then it is his link that ends here.
        await log.append(tenantStream(tenant), [{ key: keyAt(user, link.generation), kind: 'slack_unlinked', actor, body }])
      }
    },
  }
}

const isOf = (one: object, { team_id, user_id }: SlackUser): boolean => {
  const found = one as Partial<SlackUser>
  return found.team_id === team_id && found.user_id === user_id
}

/** The last link of each user, with the time of its end. */
function linksOf(receipts: readonly Stored[]): SlackLink[] {
  const links = new Map<string, SlackLink>()
  for (const { receipt } of receipts) {
    const { team_id, user_id } = receipt.body as unknown as SlackUser
    const name = `${team_id}/${user_id}`
    const known = links.get(name)
    const generation = (known?.generation ?? 0) + 1
    if (receipt.kind === 'slack_linked')
      links.set(name, { ...(receipt.body as SlackLinked), linked_at: receipt.at, unlinked_at: null, generation })
    else if (known) links.set(name, { ...known, unlinked_at: receipt.at, generation })
  }
  return [...links.values()]
}
