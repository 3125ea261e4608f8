// Targets as clyra.yaml has them, for commands that work without the gateway.
import { ClyraError } from '../core/errors.ts'
import type { Config, TargetConfig } from '../runtime/config.ts'

/** CLYRA_CONFIG_UNKNOWN_TARGET names those that are configured. */
export function targetOf({ targets }: Config, name: string): TargetConfig {
  const target = Object.hasOwn(targets, name) ? targets[name] : undefined
  if (target === undefined)
    throw new ClyraError('CLYRA_CONFIG_UNKNOWN_TARGET', `expected one of ${Object.keys(targets).join(', ')}, found ${name}`)
  return target
}
