// The one wiring file: configuration → ports → activities → worker and gateway. Only this file knows all parts.
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { FastifyInstance } from 'fastify'
import { createActivities, type GovernedTarget } from './activities/index.ts'
import { taskQueue } from './core/messages.ts'
import type { IdentityProvider, Notifier, Signer, SlackPeople } from './core/ports.ts'
import { folderStore } from './evidence/store.ts'
import { writeTrust } from './evidence/trust.ts'
import type { GatewayDeps } from './gateway/control/deps.ts'
import { keepNotifying } from './gateway/control/notify.ts'
import { createGateway } from './gateway/control/server.ts'
import { keepSweeping } from './gateway/control/sweep.ts'
import { temporalWorkflows } from './gateway/control/temporal.ts'
import { openLedger } from './ledger/index.ts'
import type { Ledger } from './ledger/types.ts'
import { oidcProvider } from './plugins/oidc/index.ts'
import { postgresWarehouse } from './plugins/postgres/index.ts'
import { slackNotifier } from './plugins/slack/index.ts'
import { slackPeople } from './plugins/slack/people.ts'
import { fileTicketer } from './plugins/tickets-file/index.ts'
import {
  type Config,
  doorOf,
  loadConfig,
  providerOf,
  readEnvironment,
  readRunFile,
  readSecret,
  signOnClientOf,
  stateDir,
  type TargetConfig,
} from './runtime/config.ts'
import { digest } from './runtime/digest.ts'
import { fileSigner } from './runtime/keys.ts'
import { createLog, type Log } from './runtime/log.ts'
import { loadPolicy } from './runtime/policy-file.ts'
import { startTelemetry } from './runtime/telemetry.ts'

/** Files of the state directory, by what they hold. */
export const places = (state = stateDir()) => ({
  keys: join(state, 'keys'),
  trust: join(state, 'trust'),
  evidence: join(state, 'evidence'),
  tickets: join(state, 'tickets'),
  checkpointKey: join(state, 'keys/checkpoint.pem'),
  bundleKey: join(state, 'keys/bundle.pem'),
  certificateKey: join(state, 'keys/certificate.pem'),
  tenantKey: join(state, 'keys/tenant.key'),
})

/** The ledger of this configuration. */
export async function ledgerOf(config: Config): Promise<Ledger> {
  const { checkpointKey, tenantKey } = places()
  return openLedger({
    url: readSecret(config.root, config.store.url),
    signer: await fileSigner(checkpointKey),
    logName: config.log_name,
    tenantKey: Buffer.from(readFileSync(tenantKey, 'utf8').trim(), 'hex'),
  })
}

const policyOf = (config: Config, target: TargetConfig) => {
  const file = join(config.root, target.policy)
  return loadPolicy(readFileSync(file, 'utf8'), target.policy)
}

function warehouseOf(config: Config, target: TargetConfig) {
  const login = (reference: string) => ({ connectionString: readSecret(config.root, reference) })
  return postgresWarehouse({ dml: login(target.dml), ddl: login(target.ddl) })
}

function governedTarget(config: Config, target: TargetConfig): GovernedTarget {
  const { policy, document, digest, canonicalText } = policyOf(config, target)
  return {
    warehouse: warehouseOf(config, target),
    policy: { policy, policy_id: document.policy_id, digest, canonicalText },
  }
}

/** Where Temporal is: its own environment or config file, else the stack that was started here. */
function temporalAddress() {
  const { connectionOptions, namespace } = loadClientConnectConfig()
  const local = readRunFile()?.temporal
  const address = readEnvironment().TEMPORAL_ADDRESS ?? local?.address ?? connectionOptions.address
  return { connectionOptions: { ...connectionOptions, ...(address === undefined ? {} : { address }) }, namespace: namespace ?? 'default' }
}

/** Rewrites the folder a verifier is given. */
export async function refreshTrust(config: Config, ledger: Ledger): Promise<void> {
  const { trust, ...keys } = places()
  const files = [keys.bundleKey, keys.checkpointKey, keys.certificateKey].map(fileSigner)
  const [bundle, checkpoint, certificate] = (await Promise.all(files)) as [Signer, Signer, Signer]
  const { approvers, subjects, idp_keys } = await ledger.identities.registry(config.tenant)
  await writeTrust(trust, {
    logName: config.log_name,
    checkpointSpki: checkpoint.spki,
    bundleSpki: bundle.spki,
    certificateSpki: certificate.spki,
    approvers,
    subjects,
    provider: providerOf(config),
    idpKeys: idp_keys,
  })
}

/** The worker's deterministic code, with the digest evidence names (without its source map, which holds paths). */
export async function workflowBundle(): Promise<{ code: string; digest: string }> {
  const workflowsPath = fileURLToPath(new URL('./workflows/index.ts', import.meta.url))
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: temporalLogger(createLog('bundler')) })
  return { code, digest: digest(code.split('//# sourceMappingURL')[0] ?? code) }
}

/** A worker that serves every target of the configuration. */
export async function createWorker(config = loadConfig()): Promise<{ worker: Worker; close(): Promise<void> }> {
  const log = createLog('worker')
  Runtime.install({ logger: temporalLogger(log) })
  const { connectionOptions, namespace } = temporalAddress()
  const connection = await NativeConnection.connect(connectionOptions)
  const ledger = await ledgerOf(config)
  const bundle = await workflowBundle()
  const targets = Object.fromEntries(Object.entries(config.targets).map(([name, target]) => [name, governedTarget(config, target)]))
  const { evidence, tickets, bundleKey, certificateKey } = places()
  mkdirSync(tickets, { recursive: true })
  const telemetry = startTelemetry('worker', version(), log)
  const activities = createActivities({
    ledger,
    targets,
    evidence: folderStore(evidence),
    signer: await fileSigner(bundleKey),
    certificateSigner: await fileSigner(certificateKey),
    provider: providerOf(config),
    ticketer: fileTicketer(tickets),
    producer: { name: 'clyra', version: version(), workflow_bundle: bundle.digest },
    times: telemetry.decision,
    log,
  })
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: { code: bundle.code },
    activities: { ...activities },
    shutdownGraceTime: '10s',
  })
  const close = async () => {
    await Promise.all(Object.values(targets).map(({ warehouse }) => warehouse.close()))
    await ledger.close()
    await connection.close()
    await telemetry.close()
  }
  return { worker, close }
}

/** The control API of this configuration, not yet listening. It will be reached at `port`, unless the configuration names a door. */
export async function createControlGateway(
  port: number,
  config = loadConfig(),
): Promise<{ gateway: FastifyInstance; close(): Promise<void> }> {
  const log = createLog('gateway')
  const { connectionOptions, namespace } = temporalAddress()
  const connection = await Connection.connect(connectionOptions)
  const ledger = await ledgerOf(config)
  const targets = Object.entries(config.targets).map(([name, target]) => {
    const { document, digest } = policyOf(config, target)
    return [
      name,
      { name, kind: target.kind, mode: target.mode, policy_id: document.policy_id, policy_digest: digest, limits: target.limits },
    ]
  })
  const granters = Object.fromEntries(Object.entries(config.targets).map(([name, target]) => [name, warehouseOf(config, target)]))
  const { tenantKey, evidence, certificateKey } = places()
  await refreshTrust(config, ledger)
  const workflows = temporalWorkflows(new Client({ connection, namespace }))
  const telemetry = startTelemetry('gateway', version(), log)
  const gateway = createGateway({
    tenant: config.tenant,
    ledger,
    tenantKey: Buffer.from(readFileSync(tenantKey, 'utf8').trim(), 'hex'),
    targets: Object.fromEntries(targets),
    granters,
    workflows,
    door: doorOf(config, port),
    certificateSigner: await fileSigner(certificateKey),
    slack: slackDoorOf(config),
    signOn: signOnOf(config),
    provider: providerOf(config),
    evidence: folderStore(evidence),
    trustChanged: () => refreshTrust(config, ledger),
    temporalUi: readRunFile()?.temporal.ui ?? null,
    namespace,
    times: telemetry.decision,
    log,
  })
  const stopSweeping = keepSweeping({ ledger, workflows, log })
  const pageOf = (changeId: string) => `${doorOf(config, port).origin}/approve/${changeId}`
  const notifier = notifierOf(config)
  const stopNotifying = notifier === null ? null : keepNotifying({ tenant: config.tenant, ledger, notifier, pageOf, log })
  const close = async () => {
    await stopSweeping()
    await stopNotifying?.()
    await gateway.close()
    await Promise.all(Object.values(granters).map((granter) => granter.close()))
    await ledger.close()
    await connection.close()
    await telemetry.close()
  }
  return { gateway, close }
}

/** Where approvers are told, or null where nothing is configured. */
function notifierOf({ root, slack }: Config): Notifier | null {
  if (slack === undefined) return null
  return slackNotifier({ channel: slack.channel, clickable: slack.signing_secret !== undefined, ...slackAccess(root, slack) })
}

/** Slack as a door that can be clicked, or null where it is not configured with its signing secret. */
function slackDoorOf(config: Config): GatewayDeps['slack'] {
  const { root, slack } = config
  const people = slackPeopleOf(config)
  if (slack?.signing_secret === undefined || people === null) return null
  return { signingSecret: readSecret(root, slack.signing_secret), channel: slack.channel, people }
}

/** The people of the configured Slack, or null where none is. */
export const slackPeopleOf = ({ root, slack }: Config): SlackPeople | null =>
  slack === undefined ? null : slackPeople(slackAccess(root, slack))

const slackAccess = (root: string, { token, api_url }: NonNullable<Config['slack']>) => ({
  token: readSecret(root, token),
  ...(api_url === undefined ? {} : { apiUrl: api_url }),
})

/** The company's sign-on, or null where none is configured. Asks nobody yet. */
function signOnOf(config: Config): IdentityProvider | null {
  const client = signOnClientOf(config)
  return client === null ? null : oidcProvider(client)
}

const temporalLogger = (log: Log): DefaultLogger =>
  new DefaultLogger('WARN', ({ level, message, meta }) => log[level.toLowerCase() as 'warn' | 'error'](meta ?? {}, message))

const version = (): string =>
  (JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'package.json'), 'utf8')) as { version: string }).version
