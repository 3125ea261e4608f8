// A whole local stack: store, warehouse, Temporal, worker, gateway; started in this order, stopped in the other.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClyraError } from '../../core/errors.ts'
import type { Ledger } from '../../ledger/types.ts'
import { type Config, loadConfig, type RunFile } from '../../runtime/config.ts'
import { createKeyFile } from '../../runtime/keys.ts'
import { createLog } from '../../runtime/log.ts'
import type { Part } from '../../runtime/parts/part.ts'
import { startTemporal } from '../../runtime/parts/temporal.ts'
import { ledgerOf, places } from '../../temporal.config.ts'
import { checkout } from '../checkout.ts'
import { startStore, startWarehouse } from './databases.ts'
import { endLeftovers, forgetParts, notePart } from './leftovers.ts'
import { answers, startPart } from './processes.ts'
import { keepPorts, keepSecret, makeStateDir, randomSecret, runningPid, writeSecret } from './state.ts'
import { supervise } from './supervise.ts'

export interface Stack {
  run: RunFile
  stop(progress: (line: string) => void): Promise<void>
}

/** Starts everything; when a part fails, those that run are stopped again. CLYRA_CONFIG_ALREADY_RUNNING, CLYRA_CONFIG_START_FAILED. */
export async function startStack(root: string, progress: (line: string) => void): Promise<Stack> {
  const config = loadConfig(root)
  const state = join(root, '.clyra')
  refuseSecondStack(state)
  makeStateDir(state)
  for (const name of await endLeftovers(state)) progress(`${name.padEnd(10)} was left over from a stack that was killed; ended`)
  const log = createLog('up')
  const stops: { name: string; stop(): Promise<void> }[] = []
  const run = async <P extends Part>(name: string, start: () => Promise<P>, detail: (part: P) => string): Promise<P> => {
    const { first, stop } = await supervise(start, (event, pid) => {
      log.warn({ part_name: name, pid }, `a part ${event}`)
      if (event === 'started') notePart(state, name, pid)
    })
    stops.unshift({ name, stop })
    notePart(state, name, first.pid)
    progress(`${name.padEnd(10)} ${detail(first)}`)
    return first
  }
  const stop = async (report: (line: string) => void) => {
    for (const part of stops) {
      await part.stop()
      report(`${part.name.padEnd(10)} stopped`)
    }
    forgetParts(state)
    rmSync(join(state, 'run.json'), { force: true })
  }
  try {
    await makeKeys()
    const ports = await keepPorts(state, ['store', 'warehouse', 'temporal', 'temporal_ui', 'gateway'])
    const address = ({ port }: { port: number }) => `PostgreSQL on 127.0.0.1:${port}`
    await run('store', () => startStore(state, ports.store), address)
    if (config.demo) await run('warehouse', () => startWarehouse(config, state, ports.warehouse), address)
    const temporal = await run(
      'temporal',
      () =>
        startTemporal({
          checkout,
          dbFile: join(state, 'temporal.db'),
          logFile: join(state, 'logs/temporal.log'),
          port: ports.temporal,
          uiPort: ports.temporal_ui,
        }),
      ({ address, ui }) => `${address}, UI ${ui}`,
    )
    await issueTokens(config, state)
    const file: RunFile = {
      pid: process.pid,
      gateway: `http://127.0.0.1:${ports.gateway}`,
      temporal: { address: temporal.address, namespace: 'default', ui: temporal.ui },
      started_at: new Date().toISOString(),
    }
    writeFileSync(join(state, 'run.json'), JSON.stringify(file, null, 2))
    await run(
      'worker',
      () => startWorker(state, root),
      () => 'task queue clyra',
    )
    const words = ['gateway', '--port', String(ports.gateway)]
    await run(
      'gateway',
      () => startPart(state, root, words, () => answers(`${file.gateway}/readyz`)),
      () => file.gateway,
    )
    return { run: file, stop }
  } catch (error) {
    await stop(progress)
    throw error
  }
}

async function startWorker(state: string, root: string): Promise<Part> {
  const ready = join(state, 'worker.ready')
  rmSync(ready, { force: true })
  return startPart(state, root, ['worker', '--ready-file', ready], async () => existsSync(ready))
}

function refuseSecondStack(state: string): void {
  const pid = runningPid(state)
  if (pid !== null && pid !== process.pid)
    throw new ClyraError('CLYRA_CONFIG_ALREADY_RUNNING', `expected no running stack in ${state}, found process ${pid}`)
}

async function makeKeys(): Promise<void> {
  const { checkpointKey, bundleKey, certificateKey, tenantKey } = places()
  if (!existsSync(checkpointKey)) await createKeyFile(checkpointKey, 'Ed25519')
  if (!existsSync(bundleKey)) await createKeyFile(bundleKey, 'ES256')
  if (!existsSync(certificateKey)) await createKeyFile(certificateKey, 'ES256')
  keepSecret(tenantKey, randomSecret)
}

// A token file that the store does not know (any more) is replaced.
async function issueTokens(config: Config, state: string): Promise<void> {
  const ledger = await ledgerOf(config)
  try {
    const callers = [{ actor: 'admin', roles: ['admin', 'operator', 'auditor'] as const }, ...config.callers]
    for (const caller of callers) {
      const principal = {
        tenant: config.tenant,
        actor: caller.actor,
        person: 'person' in caller && caller.person !== undefined ? caller.person : null,
        roles: [...caller.roles],
      }
      await keepToken(ledger, join(state, 'keys', `${caller.actor}.token`), principal)
    }
    const first = config.callers[0]
    if (first) writeSecret(join(state, 'keys/default.token'), readFileSync(join(state, 'keys', `${first.actor}.token`), 'utf8').trim())
  } finally {
    await ledger.close()
  }
}

async function keepToken(ledger: Ledger, file: string, principal: Parameters<Ledger['tokens']['issue']>[0]): Promise<void> {
  const known = existsSync(file) ? await ledger.tokens.principal(readFileSync(file, 'utf8').trim()) : null
  if (known === null) writeSecret(file, await ledger.tokens.issue(principal))
}
