// Records the contract files anew: `node tests/contracts/record.ts`. Starts a stack of its own.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { enroll, startTestStack } from '../support/stack.ts'
import { fileOf, recordAll, textOf } from './recording.ts'

const stack = await startTestStack()
try {
  await enroll(stack, 'ben')
  const recorded = await recordAll(stack)
  for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.json'))) rmSync(new URL(file, import.meta.url))
  for (const [name, exchanges] of recorded) {
    writeFileSync(fileOf(name), textOf(exchanges))
    console.log(`${name}: ${exchanges.map(({ response }) => response.status).join(' ')}`)
  }
} finally {
  await stack.stop()
}
