// Whose accounts of the company's sign-on may decide, and what is needed to check their ID tokens. Receipts of `ledger/<tenant>` say
// it; beside the log lie only the tokens themselves, sealed.
import { ClyraError } from '../core/errors.ts'
import type { IdpKey as IdpKeyBody, SubjectLinked } from '../core/generated/types.ts'
import { tenantStream } from '../core/receipts.ts'
import type { IdpKey, Subject } from '../core/sign-on.ts'
import { digest as digestOf } from '../runtime/digest.ts'
import { approversOf } from './approvers.ts'
import { openPayload, sealPayload } from './payloads.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { Identities, Log, SingleUse, Stored } from './types.ts'

const readRegistry: Statement = {
  name: 'read_registry',
  text: `
    (select line, encode(leaf, 'hex') as leaf, null as digest, null::bytea as sealed, null as content from clyra.receipts
      where stream = $1 and kind in ('approver_enrolled', 'approver_revoked', 'subject_linked', 'subject_unlinked', 'idp_key') order by seq)
    union all
    select null, null, digest, sealed, null from clyra.id_tokens where tenant = $2 and digest = any($3)
    union all
    select null, null, digest, null, content from clyra.blobs where tenant = $2 and digest = any($4)`,
}
const putToken: Statement = {
  name: 'put_id_token',
  text: 'insert into clyra.id_tokens (tenant, digest, change_id, sealed) values ($1, $2, $3, $4) on conflict do nothing',
}
const tokensOfChange: Statement = {
  name: 'id_tokens_of_change',
  text: 'select digest, sealed from clyra.id_tokens where tenant = $1 and change_id = $2 order by digest',
}

interface Row {
  line: string | null
  leaf: string | null
  digest: string | null
  sealed: Buffer | null
  content: string | null
}

/** The registry of a tenant. */
export function openIdentities(store: Store, log: Log, singleUse: Pick<SingleUse, 'consume'>, tenantKey: Uint8Array): Identities {
  const open = (sealed: Uint8Array) => new TextDecoder().decode(openPayload(tenantKey, sealed))
  const registry: Identities['registry'] = async (tenant, { id_tokens = [], blobs = [] } = {}) => {
    const rows = await store.query<Row>(readRegistry, [tenantStream(tenant), tenant, id_tokens, blobs])
    const receipts = rows.flatMap(({ line, leaf }) => (line === null || leaf === null ? [] : [fromRow({ line, leaf })]))
    const tokens = rows.flatMap(({ digest, sealed }) => (digest === null || sealed === null ? [] : [[digest, open(sealed)] as const]))
    const texts = rows.flatMap(({ digest, content }) => (digest === null || content === null ? [] : [[digest, content] as const]))
    return {
      approvers: approversOf(receipts.filter(({ receipt }) => receipt.kind.startsWith('approver_'))),
      subjects: subjectsOf(receipts),
      idp_keys: receipts.filter(({ receipt }) => receipt.kind === 'idp_key').map(idpKeyOf),
      id_tokens: new Map(tokens),
      blobs: new Map(texts),
    }
  }
  return {
    registry,
    async link(tenant, subject, actor) {
      const { person, subject_id } = subject
      // Kept beside the log so that of two persons who link one account at once one alone gets it; what counts are the receipts.
      if (!(await singleUse.consume(tenant, 'subject', subject_id, person)))
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected an account of nobody else, found it linked to another person')
      await log.append(tenantStream(tenant), [{ key: `linked:${subject_id}`, kind: 'subject_linked', actor, body: { ...subject } }])
      const linked = (await registry(tenant)).subjects.find((one) => one.subject_id === subject_id)
      if (linked?.unlinked_at !== null)
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected an account never unlinked, found one that was')
      return linked
    },
    async unlink(tenant, subject_id, reason, actor) {
      const find = async () => (await registry(tenant)).subjects.find((one) => one.subject_id === subject_id)
      const subject = await find()
      if (subject === undefined) throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', 'expected a linked account, found none with this id')
      const body = { person: subject.person, subject_id, reason }
      await log.append(tenantStream(tenant), [{ key: `unlinked:${subject_id}`, kind: 'subject_unlinked', actor, body }])
      return (await find()) ?? subject
    },
    async seeKey(tenant, { iss, kid, alg, spki }, actor) {
      const key = `idp:${digestOf(`${iss}\n${kid}\n${alg}\n${spki}`)}`
      await log.append(tenantStream(tenant), [{ key, kind: 'idp_key', actor, body: { iss, kid, alg, spki } }])
    },
    async keepToken(tenant, change_id, token) {
      const digest = digestOf(token)
      await store.query(putToken, [tenant, digest, change_id, sealPayload(tenantKey, new TextEncoder().encode(token))])
      return digest
    },
    async tokensOf(tenant, change_id) {
      const rows = await store.query<{ digest: string; sealed: Buffer }>(tokensOfChange, [tenant, change_id])
      return new Map(rows.map(({ digest, sealed }) => [digest, open(sealed)]))
    },
  }
}

/** Links in order, each with the time of its end. */
function subjectsOf(receipts: readonly Stored[]): Subject[] {
  const subjects = new Map<string, Subject>()
  for (const { receipt } of receipts) {
    const { subject_id } = receipt.body as { subject_id?: string }
    if (subject_id === undefined) continue
    const known = subjects.get(subject_id)
    if (receipt.kind === 'subject_linked')
      subjects.set(subject_id, { ...(receipt.body as SubjectLinked), linked_at: receipt.at, unlinked_at: null })
    else if (receipt.kind === 'subject_unlinked' && known) subjects.set(subject_id, { ...known, unlinked_at: receipt.at })
  }
  return [...subjects.values()]
}

const idpKeyOf = ({ receipt }: Stored): IdpKey => ({ ...(receipt.body as IdpKeyBody), seen_at: receipt.at })
