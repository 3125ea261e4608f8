// The targets a principal may name.
import { ClyraError } from '../../core/errors.ts'
import { freezesOf } from '../../core/freeze.ts'
import type { TargetView } from '../../core/generated/types.ts'
import type { Principal } from '../../ledger/types.ts'
import type { GatewayDeps, GatewayTarget } from './deps.ts'

type Deps = Pick<GatewayDeps, 'ledger' | 'targets' | 'tenant'>

/** The target with its mode as it stands now. CLYRA_CONFIG_UNKNOWN_TARGET for other names and for other tenants. */
export async function targetOf(deps: Deps, principal: Principal, name: string): Promise<GatewayTarget> {
  const target = Object.hasOwn(deps.targets, name) ? deps.targets[name] : undefined
  if (target === undefined || principal.tenant !== deps.tenant)
    throw new ClyraError('CLYRA_CONFIG_UNKNOWN_TARGET', 'expected a target of the configuration, found none of that name')
  return current(deps, target)
}

/** The same with what holds it back. */
export async function targetViewOf(deps: Deps, principal: Principal, name: string): Promise<TargetView> {
  const target = await targetOf(deps, principal, name)
  return { ...target, freezes: freezesOf(await deps.ledger.freezes.list(deps.tenant), name) }
}

/** All targets of the principal's tenant, by name. */
export async function targetsOf(deps: Deps, principal: Principal): Promise<TargetView[]> {
  if (principal.tenant !== deps.tenant) return []
  const freezes = await deps.ledger.freezes.list(deps.tenant)
  const targets = Object.values(deps.targets).sort((a, b) => (a.name < b.name ? -1 : 1))
  return Promise.all(targets.map(async (target) => ({ ...(await current(deps, target)), freezes: freezesOf(freezes, target.name) })))
}

const current = async ({ ledger, tenant }: Deps, target: GatewayTarget): Promise<GatewayTarget> => ({
  ...target,
  mode: (await ledger.modes.mode(tenant, target.name)) ?? target.mode,
})
