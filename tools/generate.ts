// `npm run gen`: rewrites everything that is derived from spec/. CI runs it and demands no difference.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { typescriptSchemas } from './embedded-schemas.ts'
import { errorsPage } from './errors-page.ts'
import { goTypes } from './go-types.ts'
import { pythonTypes } from './python-types.ts'
import { readSchemas } from './schemas.ts'
import { typescriptTypes } from './typescript-types.ts'

const root = join(import.meta.dirname, '..')

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

const evidence = readSchemas(root, ['common', 'def'])

write('core/generated/types.ts', typescriptTypes(readSchemas(root)))
write('verifier/ts/generated/types.ts', typescriptTypes(evidence))
write('verifier/ts/generated/schemas.ts', typescriptSchemas(evidence))
write('verifier/go/generated.go', goTypes(evidence))
write('plugins/python/src/clyra/types.py', pythonTypes(readSchemas(root, ['api'])))
write('docs/errors.md', errorsPage())
