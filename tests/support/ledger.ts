// A ledger on a real PostgreSQL, for tests of any room.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LedgerOptions, migrate, openLedger } from '../../ledger/index.ts'
import type { Ledger } from '../../ledger/types.ts'
import { keySigner } from '../../runtime/keys.ts'
import { startPostgres } from '../../runtime/parts/postgres.ts'

export interface TestLedger {
  ledger: Ledger
  /** The superuser's address, for looking at what the service role may not. */
  adminUrl: string
  /** For opening the same store a second time. */
  options: LedgerOptions
  stop(): Promise<void>
}

/** Starts a PostgreSQL in a temporary directory, migrates it and opens it as the service role with a fresh log key. */
export async function startTestLedger(): Promise<TestLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'clyra-ledger-'))
  await chmod(folder, 0o755)
  const password = randomBytes(12).toString('hex')
  const server = await startPostgres({ dir: join(folder, 'data'), password, settings: { fsync: 'off', max_connections: '60' } })
  const adminUrl = server.adminUrl()
  await migrate(adminUrl, { serviceRole: 'clyra_service', servicePassword: password })
  const options: LedgerOptions = {
    url: server.url('clyra_service', password, 'postgres'),
    signer: keySigner(generateKeyPairSync('ed25519').privateKey),
    logName: 'log.example',
    tenantKey: randomBytes(32),
  }
  const ledger = await openLedger(options)
  const stop = async () => {
    await ledger.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { ledger, adminUrl, options, stop }
}
