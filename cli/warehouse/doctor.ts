// The enforcement that is really in force on a target's warehouse.
import { codeOf, errorKind } from '../../core/errors.ts'
import { auditWarehouse } from '../../plugins/postgres/audit.ts'
import { postgresWarehouse } from '../../plugins/postgres/index.ts'
import { type Config, readSecret, type TargetConfig } from '../../runtime/config.ts'
import { type Check, fail, ok } from '../checks.ts'
import { judge } from './judge.ts'

/** The target's checks, each named after it. A warehouse that cannot be used is one failed check. */
export async function targetChecks(config: Config, name: string, target: TargetConfig): Promise<Check[]> {
  const login = (reference: string) => ({ connectionString: readSecret(config.root, reference) })
  const checks = await lookedAt(name, target.mode, () => ({ dml: login(target.dml), ddl: login(target.ddl) }))
  return checks.map((check) => ({ ...check, check: `${name} ${check.check}` }))
}

async function lookedAt(name: string, mode: TargetConfig['mode'], logins: () => Parameters<typeof postgresWarehouse>[0]): Promise<Check[]> {
  try {
    const pair = logins()
    await postgresWarehouse(pair).check()
    return [
      ok('mode', `${mode} by clyra.yaml`),
      ok('logins', 'own nothing, no superuser, dml without TEMP, on the server they were installed on'),
      ...judge(name, mode, await auditWarehouse(pair)),
    ]
  } catch (error) {
    const { remedy } = errorKind(codeOf(error))
    return [fail('logins', `${codeOf(error)} ${(error as Error).message}`, remedy)]
  }
}
