// `node tools/vectors/main.ts`: rewrites spec/vectors. The same source gives the same bytes.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cases, filesOf } from './generate.ts'

const folder = join(import.meta.dirname, '../../spec/vectors')

// All are made before any is written: a case that does not show what it means to leaves the old ones in place.
const made = await Promise.all(cases.map(async (one) => [one.name, await filesOf(one)] as const))
rmSync(folder, { recursive: true, force: true })
for (const [name, files] of made) {
  for (const [path, bytes] of files) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, bytes)
  }
}
console.log(`${made.length} vectors`)
