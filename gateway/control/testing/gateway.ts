// What the tests of this room share: a gateway over a real ledger and a port that remembers what it was asked.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Problem, Verdict } from '../../../core/generated/types.ts'
import { changeBody } from '../../../core/kinds/change.ts'
import type { DecisionMessage, DecisionReceipt } from '../../../core/messages.ts'
import type { Granter, IssueRequest, Redemption } from '../../../core/ports.ts'
import { changeStream, receiptKey } from '../../../core/receipts.ts'
import type { RunRef } from '../../../core/stages.ts'
import type { Ledger, Role, Stored } from '../../../ledger/types.ts'
import { keySigner } from '../../../runtime/keys.ts'
import { verdictBody } from '../../../tests/support/approvals.ts'
import { startTestLedger } from '../../../tests/support/ledger.ts'
import type { GatewayDeps, GatewayTarget } from '../deps.ts'
import { createGateway } from '../server.ts'
import { demandConforming } from './contract.ts'

export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`

export const shop: GatewayTarget = {
  name: 'shop',
  kind: 'postgres',
  mode: 'review',
  policy_id: 'sox-controls',
  policy_digest: digestOf('a'),
  limits: { max_rows: 1000, statement_timeout_ms: 30000, lock_timeout_ms: 5000 },
}

/** A port that starts a run once, answers decisions as told, and may be told to fail. */
export function rememberingWorkflows() {
  const memory = {
    started: new Map<string, { run: RunRef; summary: string; target: string; terminated?: true; unsealed?: true }>(),
    fates: new Map<string, 'running' | 'waiting' | 'completed' | 'ended'>(),
    decided: [] as DecisionMessage[],
    left: [] as { run: RunRef; message: DecisionMessage }[],
    cancelled: [] as RunRef[],
    completed: [] as RunRef[],
    receipt: 'closed' as DecisionReceipt | 'closed',
    failure: null as Error | null,
    reachable: true,
  }
  const unlessFailing = async () => {
    if (memory.failure !== null) throw memory.failure
  }
  const port: GatewayDeps['workflows'] = {
    async start(run, about) {
      await unlessFailing()
      const key = `${run.change_id}:${run.attempt}`
      if (!memory.started.has(key)) memory.started.set(key, { run, ...about })
    },
    async fate({ change_id, attempt }) {
      await unlessFailing()
      return memory.fates.get(`${change_id}:${attempt}`) ?? 'unknown'
    },
    async decide(_run, message) {
      await unlessFailing()
      memory.decided.push(message)
      return memory.receipt
    },
    async leave(run, message) {
      memory.left.push({ run, message })
    },
    async cancel(run) {
      memory.cancelled.push(run)
      return 'requested'
    },
    async complete(run) {
      await unlessFailing()
      memory.completed.push(run)
    },
    async resolve() {
      await unlessFailing()
    },
    reachable: async () => memory.reachable,
  }
  return { memory, port }
}

export type Remembered = ReturnType<typeof rememberingWorkflows>['memory']

export interface TestGateway {
  app: FastifyInstance
  deps: GatewayDeps
  ledger: Ledger
  /** The superuser's address of its store. */
  adminUrl: string
  /** The log's public key (SPKI DER). */
  logKey: Uint8Array
  workflows: Remembered
  logged: string[]
  /** Stage, outcome and seconds, as the gateway noted them. */
  times: unknown[][]
  files: Map<string, Uint8Array>
  warehouse: RememberedGrants
  trustChanges: () => number
  token(roles: Role[], who?: { tenant?: string; actor?: string; person?: string | null }): Promise<string>
  call(token: string | null, request: InjectOptions): Promise<LightMyRequestResponse>
  stop(): Promise<void>
}

/** A warehouse that answers about grants as told. */
export function rememberingGranter() {
  const memory = {
    issued: [] as IssueRequest[],
    answer: 'issued' as 'issued' | 'redeemed' | 'void',
    redemption: null as Redemption | null,
    failure: null as Error | null,
  }
  const granter: Pick<Granter, 'issue' | 'redemption'> = {
    async issue(request) {
      if (memory.failure !== null) throw memory.failure
      memory.issued.push(request)
      return memory.answer
    },
    redemption: async () => memory.redemption,
  }
  return { memory, granter }
}

type RememberedGrants = ReturnType<typeof rememberingGranter>['memory']

/** A gateway over a fresh ledger, with `part` of what it is given otherwise. Target `shop` is configured in review mode. */
export async function startTestGateway(part: Partial<GatewayDeps> = {}): Promise<TestGateway> {
  const { ledger, adminUrl, options, stop } = await startTestLedger()
  const { memory, port } = rememberingWorkflows()
  const warehouse = rememberingGranter()
  const logged: string[] = []
  const files = new Map<string, Uint8Array>()
  const times: unknown[][] = []
  let trustChanges = 0
  const write = (fields: object, message: string) => void logged.push(JSON.stringify({ ...fields, message }))
  const deps: GatewayDeps = {
    tenant: 'default',
    ledger,
    tenantKey: randomBytes(32),
    targets: { shop },
    granters: { shop: warehouse.granter },
    workflows: port,
    door: { origin: 'https://door.example', rp_id: 'door.example' },
    certificateSigner: keySigner(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    slack: null,
    signOn: null,
    provider: null,
    evidence: { read: async (file) => files.get(file) ?? null },
    trustChanged: async () => {
      trustChanges += 1
    },
    temporalUi: 'http://127.0.0.1:8233',
    namespace: 'default',
    times: (...time) => void times.push(time),
    log: { info: write, warn: write, error: write },
    ...part,
  }
  const app = createGateway(deps)
  return {
    app,
    deps,
    ledger,
    adminUrl,
    logKey: options.signer.spki,
    workflows: memory,
    logged,
    times,
    files,
    warehouse: warehouse.memory,
    trustChanges: () => trustChanges,
    token: (roles, { tenant = 'default', actor = roles.join('-'), person = null } = {}) =>
      ledger.tokens.issue({ tenant, actor, person, roles }),
    call: async (token, request) => {
      const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
      const response = await app.inject({ ...request, headers: { ...authorization, ...request.headers } })
      demandConforming(request, response)
      return response
    },
    stop: async () => {
      await app.close()
      await stop()
    },
  }
}

export const problemIn = (response: LightMyRequestResponse): Problem => response.json()

const worker = { actor: 'clyra-worker', person: null }

/** Writes what a worker would: the change receipt, and the verdict that asks for approval; `part` is what it says otherwise. */
export async function askForApproval(
  ledger: Ledger,
  tenant: string,
  changeId: string,
  part: Partial<Verdict> = {},
): Promise<{ change: Stored; verdict: Stored }> {
  const row = await ledger.changes.get(tenant, changeId)
  if (row === null) throw new Error('expected a registered change')
  const stream = changeStream(changeId)
  const [change] = await ledger.log.append(stream, [
    { key: receiptKey.change(row.attempt), kind: 'change', actor: row.requester, body: changeBody(row) },
  ])
  if (change === undefined) throw new Error('expected a change receipt')
  const of = { change_id: changeId, attempt: row.attempt, predecessor: change.leaf, payload_digest: row.payload_digest }
  const body = verdictBody({ ...of, ...part })
  const [verdict] = await ledger.log.append(stream, [
    { key: receiptKey.verdict(row.attempt, body.run_id), kind: 'verdict', actor: worker, body },
  ])
  if (verdict === undefined) throw new Error('expected a verdict receipt')
  return { change, verdict }
}

/** Writes the outcome and every receipt up to the ticket: the attempt is CLOSED. Returns the seq of its `recorded` receipt. */
export async function close(
  ledger: Ledger,
  tenant: string,
  changeId: string,
  outcome: 'rejected' | 'expired' | 'cancelled',
): Promise<number> {
  const row = await ledger.changes.get(tenant, changeId)
  if (row === null) throw new Error('expected a registered change')
  const about = { change_id: changeId, attempt: row.attempt }
  const predecessor = digestOf('e')
  const append = async (kind: string, key: string, body: Record<string, unknown>) =>
    (await ledger.log.append(changeStream(changeId), [{ key, kind, actor: worker, body: { ...about, ...body } }]))[0]
  await append('outcome', receiptKey.outcome(row.attempt), {
    predecessor,
    outcome,
    code: 'CLYRA_APPROVAL_EXPIRED',
    sqlstate: null,
    statement: null,
    payload_digest: row.payload_digest,
    affected_rows: null,
    rows_by_statement: [],
    settled_by: 'not_started',
    effect: null,
    enforcement: null,
    redemption: null,
  })
  const governance = { reliability: [], transparency: [], accuracy: [], oversight: [] }
  const recorded = await append('recorded', receiptKey.recorded(row.attempt, 'end'), { predecessor, outcome, receipts: 1, governance })
  const bundle_id = digestOf('b')
  await append('attestation', receiptKey.attestation(row.attempt, 'sox'), {
    framework: 'sox',
    bundle_id,
    statement_digest: digestOf('c'),
    key_id: 'f'.repeat(64),
  })
  await append('ticket', receiptKey.ticket(row.attempt), { predecessor, tracker: 'files', reference: 'T-1', bundle_id })
  const seq = recorded?.receipt.seq ?? 0
  await ledger.changes.sealed(changeId, row.attempt, bundle_id, `${changeId}-${seq}.zip`)
  return seq
}
