import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { trustFiles } from '../verifier/ts/testing/keys.ts'
import { stateChecks } from './state-checks.ts'

let dir: string
let state: string
const statuses = () => Object.fromEntries(stateChecks(state).map(({ check, status }) => [check, status]))
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clyra-state-'))
  state = join(dir, '.clyra')
  mkdirSync(state)
  mkdirSync(join(state, 'keys'))
  mkdirSync(join(state, 'trust'))
  writeFileSync(join(state, 'keys/bundle.pem'), 'secret', { mode: 0o600 })
  for (const [name, text] of Object.entries(trustFiles)) writeFileSync(join(state, 'trust', name), text)
})
afterEach(() => rmSync(dir, { recursive: true }))

describe('the state directory', () => {
  test('in order is ok', () => {
    expect(statuses()).toEqual({ secrets: 'ok', trust: 'ok' })
  })

  test('with a secret that others may read fails and says how to close it', () => {
    chmodSync(join(state, 'keys/bundle.pem'), 0o640)
    const [secrets] = stateChecks(state)
    expect(secrets).toMatchObject({ status: 'fail', found: 'others may read bundle.pem' })
    expect(secrets?.remedy).toContain(`chmod 600 ${join(state, 'keys/bundle.pem')}`)
  })

  test('with a trust folder that cannot be read fails', () => {
    writeFileSync(join(state, 'trust/keys.json'), '{}')
    expect(statuses()).toEqual({ secrets: 'ok', trust: 'fail' })
  })

  test('that is not there yet is only a warning', () => {
    state = join(state, 'none')
    expect(statuses()).toEqual({ state: 'warn' })
  })
})
