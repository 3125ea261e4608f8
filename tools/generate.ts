// `npm run gen`: rewrites everything that is derived from spec/. CI runs it and demands no difference.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSchemas } from './schemas.ts'
import { typescriptTypes } from './typescript-types.ts'

const root = join(import.meta.dirname, '..')

writeFileSync(join(root, 'core/generated/types.ts'), typescriptTypes(readSchemas(root)))
