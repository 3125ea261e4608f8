// The demo warehouse that `clyra up` owns: its rows, brought back to the start.
import { ClyraError } from '../core/errors.ts'
import { type Config, readSecret } from '../runtime/config.ts'
import { runFiles } from './up/databases.ts'

/**
 * Loads the pack anew and adds `tables` small tables. CLYRA_CONFIG_INVALID without a demo in clyra.yaml,
 * CLYRA_CONFIG_SECRET_MISSING before the first `up`, CLYRA_API_UNREACHABLE when the warehouse does not run, CLYRA_GUARD_NO_GRANT when its
 * tables are guarded.
 */
export async function loadDemo({ root, demo }: Config, tables: number): Promise<void> {
  if (demo === undefined) throw new ClyraError('CLYRA_CONFIG_INVALID', 'expected a demo in clyra.yaml, found none')
  const admin = new URL(readSecret(root, 'file:.clyra/keys/warehouse-admin.url'))
  admin.searchParams.set('options', `-c clyra_demo.tables=${tables}`)
  try {
    await runFiles(admin.href, root, demo.pack, ['schema.sql', 'data.sql'])
    await runFiles(admin.href, root, demo.pack, ['tables.sql'])
  } catch (cause) {
    if (/^CLYRA_GUARD_/.test((cause as Error).message))
      throw new ClyraError('CLYRA_GUARD_NO_GRANT', 'expected demo tables that may be loaded anew, found guarded ones', { cause })
    if ((cause as NodeJS.ErrnoException).code !== 'ECONNREFUSED') throw cause
    throw new ClyraError('CLYRA_API_UNREACHABLE', 'expected the demo warehouse to answer, found that it does not run', { cause })
  }
}
