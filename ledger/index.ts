// Clyra's own store, as one value.
import { ClyraError } from '../core/errors.ts'
import type { Signer } from '../core/ports.ts'
import { openApprovers } from './approvers.ts'
import { openBlobs } from './blobs.ts'
import { openChanges } from './changes.ts'
import { openEffects } from './effects.ts'
import { openFreezes } from './freezes.ts'
import { openIdentities } from './identities.ts'
import { openLog } from './log.ts'
import { schemaVersion } from './migrate.ts'
import { openModes } from './modes.ts'
import { openNotices } from './notices.ts'
import { openPayloads } from './payloads.ts'
import { openSignOns } from './sign-ons.ts'
import { openSingleUse } from './single-use.ts'
import { openSlackLinks } from './slack-links.ts'
import { only, openStore, type Statement, type Store } from './store.ts'
import { openTokens } from './tokens.ts'
import type { Ledger } from './types.ts'
import { openWrites } from './writes.ts'

export { migrate } from './migrate.ts'

export interface LedgerOptions {
  /** A login of the service role (migrate.ts). */
  url: string
  /** Ed25519; signs checkpoints. */
  signer: Signer
  /** Name of the log and of its key in checkpoints; no spaces, no `+`. */
  logName: string
  /** 32 bytes; wraps the keys of payloads. */
  tenantKey: Uint8Array
}

const readVersion: Statement = { name: 'schema_version', text: 'select coalesce(max(version), 0) as version from clyra.migrations' }

/** Opens the store and checks it. CLYRA_LEDGER_UNAVAILABLE; CLYRA_CONFIG_INVALID for a wrong signer, name or key. */
export async function openLedger({ url, signer, logName, tenantKey }: LedgerOptions): Promise<Ledger> {
  if (signer.alg !== 'Ed25519') throw new ClyraError('CLYRA_CONFIG_INVALID', `expected an Ed25519 checkpoint key, found ${signer.alg}`)
  if (!/^[^\s+]+$/.test(logName)) throw new ClyraError('CLYRA_CONFIG_INVALID', 'expected a log name without spaces and +')
  if (tenantKey.length !== 32) throw new ClyraError('CLYRA_CONFIG_INVALID', `expected a tenant key of 32 bytes, found ${tenantKey.length}`)
  const store = openStore(url)
  const changes = openChanges(store, url)
  const log = openLog(store, signer, logName)
  const singleUse = openSingleUse(store)
  const ledger: Ledger = {
    log,
    changes,
    payloads: openPayloads(store, tenantKey),
    blobs: openBlobs(store),
    tokens: openTokens(store),
    approvers: openApprovers(store, log, singleUse),
    identities: openIdentities(store, log, singleUse, tenantKey),
    slackLinks: openSlackLinks(store, log),
    signOns: openSignOns(store, tenantKey),
    singleUse,
    effects: openEffects(store),
    writes: openWrites(store),
    modes: openModes(store, log),
    freezes: openFreezes(store, log),
    notices: openNotices(store),
    check: () => checkVersion(store),
    async close() {
      await changes.close()
      await store.close()
    },
  }
  try {
    await ledger.check()
  } catch (error) {
    await ledger.close()
    throw error
  }
  return ledger
}

async function checkVersion(store: Store): Promise<void> {
  const { version } = only(await store.query<{ version: number }>(readVersion, []))
  const expected = schemaVersion()
  if (version !== expected) {
    throw new ClyraError('CLYRA_LEDGER_UNAVAILABLE', `expected store schema version ${expected}, found ${version}`)
  }
}
