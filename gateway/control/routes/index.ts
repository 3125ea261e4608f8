// All routes of the control API, one file a resource.
import type { FastifyInstance } from 'fastify'
import type { Waits } from '../admission.ts'
import type { GatewayDeps } from '../deps.ts'
import { accountRoutes } from './accounts.ts'
import { approvalRoutes } from './approvals.ts'
import { approverRoutes } from './approvers.ts'
import { changeRoutes } from './changes.ts'
import { disclosureRoutes } from './disclosure.ts'
import { evidenceRoutes } from './evidence.ts'
import { freezeRoutes } from './freeze.ts'
import { grantRoutes } from './grants.ts'
import { healthRoutes } from './health.ts'
import { receiptRoutes } from './receipts.ts'
import { slackRoutes } from './slack.ts'
import { targetRoutes } from './targets.ts'

/** Registers every route of spec/api/openapi.json, and no other. */
export function addRoutes(app: FastifyInstance, deps: GatewayDeps, waits: Waits): void {
  changeRoutes(app, deps, waits)
  grantRoutes(app, deps)
  evidenceRoutes(app, deps)
  receiptRoutes(app, deps)
  disclosureRoutes(app, deps)
  approvalRoutes(app, deps)
  approverRoutes(app, deps)
  slackRoutes(app, deps)
  accountRoutes(app, deps)
  targetRoutes(app, deps)
  freezeRoutes(app, deps)
  healthRoutes(app, deps)
}
