import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ClyraError } from '../core/errors.ts'
import { loadConfig } from './config.ts'

let root: string
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'clyra-config-'))
})
afterAll(() => rmSync(root, { recursive: true }))

const target = { kind: 'postgres', dml: 'env:A', ddl: 'env:B', mode: 'gate', policy: 'p.yaml' }
const limits = { max_rows: 1, statement_timeout_ms: 1, lock_timeout_ms: 1 }
const load = (slack: object | undefined) => {
  const document = { spec: 0, tenant: 'default', log_name: 'log', store: { url: 'env:S' }, targets: { shop: { ...target, limits } }, slack }
  writeFileSync(join(root, 'clyra.yaml'), JSON.stringify(document))
  return loadConfig(root)
}

describe('slack', () => {
  test('is taken with a channel’s id and a secret by reference, and may be absent', () => {
    const slack = { channel: 'C0123456789', token: 'file:.clyra/keys/slack.token' }
    expect(load(slack).slack).toEqual(slack)
    const clickable = { ...slack, signing_secret: 'env:CLYRA_SLACK_SIGNING_SECRET' }
    expect(load(clickable).slack).toEqual(clickable)
    expect(load(undefined).slack).toBeUndefined()
  })

  test.each([
    ['a token in the open', { channel: 'C0123456789', token: 'xoxb-canary' }, '/slack/token'],
    ['a signing secret in the open', { channel: 'C0123456789', token: 'env:T', signing_secret: 'canary' }, '/slack/signing_secret'],
    ['a channel by its name', { channel: '#approvals', token: 'env:T' }, '/slack/channel'],
    ['a word nobody knows', { channel: 'C0123456789', token: 'env:T', button: true }, '/slack'],
  ])('%s is a fault, named by its place alone', (_name, slack, pointer) => {
    const fault = (() => {
      try {
        load(slack)
      } catch (error) {
        return error as ClyraError
      }
    })()
    expect(fault).toBeInstanceOf(ClyraError)
    expect(fault?.faults.map((found) => found.pointer)).toEqual([pointer])
    expect(JSON.stringify([fault?.message, fault?.faults])).not.toContain('canary')
  })
})
