// What the control API is given: stores and ports, made once in temporal.config.ts.
import type { TargetView } from '../../core/generated/types.ts'
import type { DecisionMessage, DecisionReceipt } from '../../core/messages.ts'
import type { Granter, IdentityProvider, Signer, SlackPeople } from '../../core/ports.ts'
import type { Provider } from '../../core/sign-on.ts'
import type { RunRef } from '../../core/stages.ts'
import type { Ledger } from '../../ledger/types.ts'
import type { DecisionTimes } from '../../runtime/telemetry.ts'

/** A target as the configuration has it; receipts override its mode and may freeze it. */
export type GatewayTarget = Omit<TargetView, 'freezes'>

/** The running changes. Every call is bounded in time; CLYRA_API_BUSY or CLYRA_API_UNREACHABLE when there is no answer. */
export interface WorkflowPort {
  /**
   * Starts the run of an attempt. Idempotent: a run that is under way, or that completed, is left alone. `terminated`: the run is to
   * seal what one that was ended from outside left behind. `unsealed`: the ledger says that the change is not closed, whatever a run
   * that completed says.
   */
  start(run: RunRef, about: { summary: string; target: string; terminated?: true; unsealed?: true }): Promise<void>
  /**
   * What became of the attempt's run; 'unknown' when Temporal never had it, or has forgotten it, 'waiting' when it runs and by its own
   * account nobody has decided yet.
   */
  fate(run: RunRef): Promise<'running' | 'waiting' | 'completed' | 'ended' | 'unknown'>
  /**
   * Delivers a decision and waits for its receipt; 'closed' when no run takes decisions any more. CLYRA_API_BUSY when there is no
   * answer in time: then the decision is left for the run, which may count it later.
   */
  decide(run: RunRef, message: DecisionMessage): Promise<DecisionReceipt | 'closed'>
  /** Leaves a decision for the run and waits for no answer; nothing when there is no run. It judges the same message once. */
  leave(run: RunRef, message: DecisionMessage): Promise<void>
  /** Asks the run to stop before enforcement; 'closed' when there is none. Temporal takes a cancel of an ended run as done. */
  cancel(run: RunRef): Promise<'requested' | 'closed'>
  /** Has the run look at what a caller did; nothing when there is none. */
  complete(run: RunRef): Promise<void>
  /**
   * Has an ambiguous change read back from its warehouse; resolves when the answer is in the tenant's log.
   * CLYRA_CHANGE_NOT_AMBIGUOUS, CLYRA_CHANGE_UNRESOLVED.
   */
  resolve(run: RunRef): Promise<void>
  reachable(): Promise<boolean>
}

/** A pino logger, as far as the gateway uses it. Fields never hold a body, a token or a URL. */
export interface GatewayLog {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** Slack, where clicks are taken from it. */
export interface SlackDoor {
  signingSecret: string
  /** The channel approvers are told in; nowhere else is a click taken. */
  channel: string
  people: SlackPeople
}

export interface GatewayDeps {
  /** The tenant the targets belong to: principals of other tenants see none of them. */
  tenant: string
  ledger: Ledger
  /** Salts payload digests, so that they cannot be guessed. */
  tenantKey: Uint8Array
  targets: Readonly<Record<string, GatewayTarget>>
  /** The same targets' warehouses, as far as grants need them. */
  granters: Readonly<Record<string, Pick<Granter, 'issue' | 'redemption'>>>
  workflows: WorkflowPort
  /** Where approvers' browsers find this gateway. Passkeys are made for `rp_id`, the origin's host name. */
  door: { origin: string; rp_id: string }
  /** The certificate key: the door signs denials that come from Slack with it. */
  certificateSigner: Signer
  slack: SlackDoor | null
  /** The company's sign-on and what its tokens must say; both null where none is configured. */
  signOn: IdentityProvider | null
  provider: Provider | null
  evidence: { read(file: string): Promise<Uint8Array | null> }
  /** Called after an approver was enrolled or revoked, so that the trust folder is rewritten. */
  trustChanged(): Promise<void>
  /** Base URL of the Temporal UI, or null when there is none. */
  temporalUi: string | null
  namespace: string
  times: DecisionTimes
  log: GatewayLog
}
