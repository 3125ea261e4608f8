// Every golden vector through both command lines: the report must be expect.json, byte for byte.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { describeGo, root } from './go.ts'

const folder = join(root, 'spec/vectors')
const names = existsSync(folder) ? readdirSync(folder).sort() : []
const exitCodes = { valid: 0, invalid: 1, cannot_judge: 2 }

function check(command: string, ...args: string[]): void {
  test.each(names)('%s', (name) => {
    const dir = join(folder, name)
    const expected = readFileSync(join(dir, 'expect.json'), 'utf8')
    const { verdict } = JSON.parse(expected) as { verdict: keyof typeof exitCodes }
    const disclosed = existsSync(join(dir, 'disclosed')) ? ['--disclosed', join(dir, 'disclosed')] : []
    const line = [...args, join(dir, 'evidence.zip'), '--trust', join(dir, 'trust'), ...disclosed, '--json']
    const { stdout, status } = spawnSync(command, line, { encoding: 'utf8' })
    expect([stdout, status]).toEqual([expected, exitCodes[verdict]])
    expect(verdict === 'valid').toBe(!/_(fail|open)$/.test(name))
    expect(readFileSync(join(dir, 'README.md'), 'utf8')).not.toBe('')
  })
}

test('there are vectors', () => {
  expect(names.length).toBeGreaterThan(0)
})

describe('the TypeScript verifier on the golden vectors', () => check(process.execPath, join(root, 'verifier/ts/main.ts')))
describeGo('the Go verifier on the golden vectors', (binary) => check(binary))
