// A real Dagster on loopback: code server, webserver and daemon.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClyraError } from '../../../core/errors.ts'
import { freePort } from '../../../runtime/parts/port.ts'
import { answers } from '../../up/processes.ts'
import { type Groups, groupsOf } from '../groups.ts'
import { type DagsterApi, dagsterApi } from './api.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const bin = join(root, '.venv-dagster/bin')

export type DagsterPart = 'code-server' | 'webserver' | 'daemon'

export interface Dagster {
  url: string
  api: DagsterApi
  parts: Groups<DagsterPart>
}

/** False where Dagster is not installed: `make python` does it. */
export const isDagsterInstalled = (): boolean => existsSync(join(bin, 'dagster'))

/** The definitions that the quickstart shows. */
export const exampleDefinitions = join(root, 'plugins/dagster/examples/retention.py')

/**
 * Starts Dagster over the definitions of one Python file, with its state below `home` and `env` for the code, and waits until all
 * of it is there. CLYRA_CONFIG_START_FAILED names the log.
 */
export async function launchDagster(home: string, definitions: string, env: Record<string, string>): Promise<Dagster> {
  mkdirSync(home, { recursive: true })
  const [code, web] = [await freePort(), await freePort()]
  writeFileSync(join(home, 'dagster.yaml'), settings)
  writeFileSync(join(home, 'workspace.yaml'), JSON.stringify({ load_from: [{ grpc_server: { host: '127.0.0.1', port: code } }] }))
  const local = ['-h', '127.0.0.1', '-p']
  const settled = { ...process.env, DAGSTER_HOME: home, ...env }
  makeStorage(settled)
  const parts = groupsOf<DagsterPart>(home, settled, {
    'code-server': [join(bin, 'dagster'), 'api', 'grpc', ...local, String(code), '-f', definitions],
    webserver: [join(bin, 'dagster-webserver'), ...local, String(web), '-w', join(home, 'workspace.yaml')],
    daemon: [join(bin, 'dagster-daemon'), 'run', '-w', join(home, 'workspace.yaml')],
  })
  const url = `http://127.0.0.1:${web}`
  const api = dagsterApi(url)
  parts.start('code-server')
  parts.start('webserver')
  parts.start('daemon')
  await parts.untilReady('webserver', 120, () => answers(`${url}/server_info`))
  await parts.untilReady('code-server', 60, () => api.isLoaded())
  await parts.untilReady('daemon', 60, () => api.isDaemonHealthy())
  return { url, api, parts }
}

// Two programs that make it at once make it twice, and it is useless.
function makeStorage(env: NodeJS.ProcessEnv): void {
  const { status, stderr } = spawnSync(join(bin, 'dagster'), ['instance', 'info'], { env, encoding: 'utf8' })
  if (status !== 0) throw new ClyraError('CLYRA_CONFIG_START_FAILED', `Dagster did not make its storage: ${stderr.slice(-500)}`)
}

// Runs are launched as soon as they are asked for; one that is lost is found and tried again within seconds.
const settings = `telemetry: { enabled: false }
nux: { enabled: false }
run_coordinator: { module: dagster.core.run_coordinator, class: DefaultRunCoordinator }
run_retries: { enabled: true }
`
