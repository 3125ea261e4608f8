// Configuration: clyra.yaml < run file of a running stack < environment. The only reader of the environment.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { ClyraError } from '../core/errors.ts'
import type { Provider } from '../core/sign-on.ts'
import { configSchema } from './config-schema.ts'

export interface TargetConfig {
  kind: 'postgres'
  /** Secret references (`file:` or `env:`) of the two logins. */
  dml: string
  ddl: string
  mode: 'gate' | 'review'
  /** Path of the policy file, relative to clyra.yaml. */
  policy: string
  limits: { max_rows: number; statement_timeout_ms: number; lock_timeout_ms: number; grant_seconds?: number }
}

export interface CallerConfig {
  actor: string
  person?: string
  roles: ('requester' | 'approver' | 'operator' | 'auditor' | 'admin')[]
}

export interface Config {
  /** Directory of clyra.yaml. */
  root: string
  tenant: string
  log_name: string
  store: { url: string }
  targets: Record<string, TargetConfig>
  /**
   * Where approvers are told of changes that wait: a channel's id, the secret references of the bot's token and of the app's signing
   * secret, without which no click is taken.
   */
  slack?: { channel: string; token: string; signing_secret?: string; api_url?: string }
  /** The company's sign-on (OpenID Connect). `client_secret` is a secret reference; without it the client is a public one. */
  sso?: {
    issuer: string
    client_id: string
    client_secret?: string
    tenant_claim?: { name: 'tid' | 'hd' | 'org_id'; value: string }
    acr_values?: string[]
    max_age_seconds?: number
  }
  callers: CallerConfig[]
  /** Where approvers' browsers find the gateway, as behind a proxy that has a certificate. */
  door?: { origin: string }
  demo?: { pack: string; database: string }
}

/** What a running stack tells about itself: `.clyra/run.json`. No secret. */
export interface RunFile {
  pid: number
  gateway: string
  temporal: { address: string; namespace: string; ui: string | null }
  started_at: string
}

export interface Environment {
  CLYRA_HOME?: string
  CLYRA_GATEWAY?: string
  CLYRA_TOKEN?: string
  CLYRA_LOG_LEVEL?: string
  CI?: string
  TEMPORAL_ADDRESS?: string
  OTEL_EXPORTER_OTLP_ENDPOINT?: string
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT?: string
}

/** The variables Clyra reads, and no other (Temporal's own are read by its envconfig, OpenTelemetry's by its exporter). */
export function readEnvironment(): Environment {
  const { CLYRA_HOME, CLYRA_GATEWAY, CLYRA_TOKEN, CLYRA_LOG_LEVEL, CI, TEMPORAL_ADDRESS } = process.env
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT } = process.env
  const own = { CLYRA_HOME, CLYRA_GATEWAY, CLYRA_TOKEN, CLYRA_LOG_LEVEL, CI, TEMPORAL_ADDRESS }
  const all = { ...own, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_METRICS_ENDPOINT }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined && value !== '')) as Environment
}

/** The directory that holds clyra.yaml: CLYRA_HOME, or the nearest one upwards from the working directory. */
export function homeDir(): string {
  const { CLYRA_HOME } = readEnvironment()
  if (CLYRA_HOME !== undefined) return resolve(CLYRA_HOME)
  for (let dir = process.cwd(); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'clyra.yaml'))) return dir
    if (dir === dirname(dir)) return process.cwd()
  }
}

/** Where keys, databases, trust and evidence of the local stack live. */
export const stateDir = (): string => join(homeDir(), '.clyra')

/** The run file of a stack that was started here, or null. */
export function readRunFile(): RunFile | null {
  const path = join(stateDir(), 'run.json')
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as RunFile) : null
}

/** Reads and checks clyra.yaml. CLYRA_CONFIG_INVALID lists every fault with its place. */
export function loadConfig(root = homeDir()): Config {
  const file = join(root, 'clyra.yaml')
  if (!existsSync(file)) throw new ClyraError('CLYRA_CONFIG_INVALID', `expected ${file}, found none`)
  const document: unknown = parseYaml(file)
  const check = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile<Omit<Config, 'root'>>(configSchema)
  if (!check(document)) {
    const faults = (check.errors ?? []).map((error) => ({ pointer: error.instancePath || '/', detail: error.message ?? 'invalid' }))
    throw new ClyraError('CLYRA_CONFIG_INVALID', `expected ${file} to fit the configuration schema, found ${faults.length} faults`, {
      faults,
    })
  }
  return { ...document, callers: document.callers ?? [], root }
}

/**
 * The door's origin as a browser writes it, and its host name. Without one in the configuration: localhost at the gateway's port.
 * CLYRA_CONFIG_INVALID when it is no origin.
 */
export function doorOf({ door }: Pick<Config, 'door'>, port: number): { origin: string; rp_id: string } {
  const url = URL.parse(door?.origin ?? `http://localhost:${port}`)
  if (url === null) throw new ClyraError('CLYRA_CONFIG_INVALID', 'expected an origin at /door/origin, such as https://clyra.example')
  return { origin: url.origin, rp_id: url.hostname }
}

const maxAgeSeconds = 300

/** What ID tokens must say, or null where no sign-on is configured. */
export function providerOf({ sso }: Pick<Config, 'sso'>): Provider | null {
  if (sso === undefined) return null
  const { issuer, client_id, tenant_claim = null, acr_values = [], max_age_seconds = maxAgeSeconds } = sso
  return { iss: issuer, client_id, tenant_claim, acr_values, max_age_seconds }
}

/** How this installation is a client of the provider, or null where no sign-on is configured. CLYRA_CONFIG_SECRET_MISSING. */
export function signOnClientOf({
  root,
  sso,
}: Pick<Config, 'root' | 'sso'>): { issuer: string; client_id: string; client_secret?: string } | null {
  if (sso === undefined) return null
  const { issuer, client_id, client_secret } = sso
  return { issuer, client_id, ...(client_secret === undefined ? {} : { client_secret: readSecret(root, client_secret) }) }
}

function parseYaml(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new ClyraError('CLYRA_CONFIG_INVALID', `expected YAML in ${file}: ${(cause as Error).message.split('\n')[0]}`, { cause })
  }
}

/** The secret behind `file:<path>` (relative to clyra.yaml) or `env:<name>`. CLYRA_CONFIG_SECRET_MISSING names the reference only. */
export function readSecret(root: string, reference: string): string {
  const [scheme, ...rest] = reference.split(':')
  const place = rest.join(':')
  const value = scheme === 'env' ? process.env[place] : readSecretFile(isAbsolute(place) ? place : join(root, place))
  if (value === undefined || value === '')
    throw new ClyraError('CLYRA_CONFIG_SECRET_MISSING', `expected a secret at ${reference}, found none`)
  return value
}

const readSecretFile = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined)
