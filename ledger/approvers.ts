// Who may approve, as the receipts of `ledger/<tenant>` tell it. There is no table beside the log that could say otherwise.
import { isDeepStrictEqual } from 'node:util'
import { ClyraError } from '../core/errors.ts'
import type { ApproverEnrolled, ApproverRevoked } from '../core/generated/types.ts'
import { tenantStream } from '../core/receipts.ts'
import { algOf, keyId as keyIdOf } from '../runtime/keys.ts'
import type { Statement, Store } from './store.ts'
import { fromRow } from './stored.ts'
import type { ApproverRow, Approvers, Log, SingleUse, Stored } from './types.ts'

const readApprovers: Statement = {
  name: 'read_approvers',
  text: `select line, encode(leaf, 'hex') as leaf from clyra.receipts
    where stream = $1 and kind in ('approver_enrolled', 'approver_revoked') order by seq`,
}

/** The approvers of a tenant; every enrolment and revocation is a receipt. A revoked key never comes back. */
export function openApprovers(store: Store, log: Log, singleUse: Pick<SingleUse, 'consume'>): Approvers {
  const list: Approvers['list'] = async (tenant) =>
    approversOf((await store.query<{ line: string; leaf: string }>(readApprovers, [tenantStream(tenant)])).map(fromRow))
  const expectRow = async (tenant: string, keyId: string): Promise<ApproverRow> => {
    const row = (await list(tenant)).find(({ key_id }) => key_id === keyId)
    if (!row) throw new ClyraError('CLYRA_LEDGER_NOT_FOUND', 'expected an enrolled approver key, found none with this id')
    return row
  }
  return {
    async enroll(tenant, person, spki, actor, webauthn) {
      if (algOf(spki) !== 'ES256') throw new ClyraError('CLYRA_LEDGER_BAD_KEY', 'expected a P-256 public key in SPKI DER')
      const key_id = keyIdOf(spki)
      // Kept beside the log so that of two who enroll the same credential at once one alone comes in; what counts are the receipts.
      if (webauthn !== undefined && !(await singleUse.consume(tenant, 'credential', webauthn.credential_id, key_id)))
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected a credential id of this key, found it enrolled for another')
      const spkiText = Buffer.from(spki).toString('base64')
      const body: ApproverEnrolled = { person, key_id, alg: 'ES256', spki: spkiText, ...(webauthn === undefined ? {} : { webauthn }) }
      await log.append(tenantStream(tenant), [{ key: `enrolled:${key_id}`, kind: 'approver_enrolled', actor, body }])
      const row = await expectRow(tenant, key_id)
      if (row.person !== person)
        throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected a key of this person, found it enrolled for another')
      if (!isDeepStrictEqual(row.webauthn, webauthn))
        throw new ClyraError(
          'CLYRA_LEDGER_CONFLICT',
          'expected this key as it is enrolled, found a passkey for a plain key or another passkey',
        )
      if (row.revoked_at) throw new ClyraError('CLYRA_LEDGER_CONFLICT', 'expected a key never revoked, found it revoked')
      return row
    },
    async revoke(tenant, key_id, reason, actor) {
      const { person } = await expectRow(tenant, key_id)
      const body: ApproverRevoked = { person, key_id, reason }
      await log.append(tenantStream(tenant), [{ key: `revoked:${key_id}`, kind: 'approver_revoked', actor, body }])
      return expectRow(tenant, key_id)
    },
    list,
  }
}

/** Enrolments in order, each with the time of its revocation. */
export function approversOf(receipts: readonly Stored[]): ApproverRow[] {
  const rows = new Map<string, ApproverRow>()
  for (const { receipt } of receipts) {
    const { key_id } = receipt.body as { key_id: string }
    const row = rows.get(key_id)
    if (receipt.kind === 'approver_enrolled') {
      const enrolled = receipt.body as ApproverEnrolled
      rows.set(key_id, { ...enrolled, enrolled_at: receipt.at, revoked_at: null })
    } else if (row) rows.set(key_id, { ...row, revoked_at: receipt.at })
  }
  return [...rows.values()]
}
