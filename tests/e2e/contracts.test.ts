// What the files of tests/contracts say the API answers is what it answers: recorded again from a running stack.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Exchange } from '../contracts/exchange.ts'
import { fileOf, recordAll } from '../contracts/recording.ts'
import { scenarios } from '../contracts/scenarios.ts'
import { enroll, startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let recorded: Map<string, Exchange[]>

beforeAll(async () => {
  stack = await startTestStack()
  await enroll(stack, 'ben')
  recorded = await recordAll(stack)
}, 120_000)

afterAll(async () => {
  await stack?.stop()
}, 60_000)

test.each(Object.keys(scenarios))('%s is answered as its file says (node tests/contracts/record.ts)', (name) => {
  expect(recorded.get(name)).toEqual(JSON.parse(readFileSync(fileOf(name), 'utf8')))
})
