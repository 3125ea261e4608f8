// `node verifier/ts/testing/write.ts DIR`: the stories as files for the tests of the Go verifier.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from './bundle.ts'
import { trustFiles } from './keys.ts'
import { stories } from './stories.ts'

const dir = process.argv[2] as string
mkdirSync(join(dir, 'trust'), { recursive: true })
for (const [name, text] of Object.entries(trustFiles)) writeFileSync(join(dir, 'trust', name), text)
for (const [name, story] of Object.entries(stories)) writeFileSync(join(dir, `${name}.zip`), build(story()))
