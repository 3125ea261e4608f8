import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { type ClyraError, codeOf } from '../core/errors.ts'
import { doorOf, loadConfig } from './config.ts'

const root = mkdtempSync(join(tmpdir(), 'clyra-config-'))
afterAll(() => rmSync(root, { recursive: true }))

const limits = '{ max_rows: 1, statement_timeout_ms: 1, lock_timeout_ms: 1 }'
const target = `{ kind: postgres, dml: env:A, ddl: env:B, mode: gate, policy: p.yaml, limits: ${limits} }`

function configured(door: string) {
  const lines = [
    'spec: 0',
    'tenant: default',
    'log_name: clyra.local/default',
    'store: { url: env:S }',
    `targets: { shop: ${target} }`,
    door,
  ]
  writeFileSync(join(root, 'clyra.yaml'), lines.join('\n'))
  return loadConfig(root)
}

const faultsOf = (door: string): string[] => {
  try {
    configured(door)
    return []
  } catch (error) {
    return (error as ClyraError).faults.map(({ pointer }) => pointer)
  }
}

describe('the door of the configuration', () => {
  test('is localhost at the port of the gateway where nothing is said', () => {
    expect(doorOf(configured(''), 7410)).toEqual({ origin: 'http://localhost:7410', rp_id: 'localhost' })
  })

  test('is the origin as a browser writes it, which leaves out the usual port', () => {
    const at = (origin: string) => doorOf(configured(`door: { origin: '${origin}' }`), 7410)
    expect(at('https://clyra.shop.example:443')).toEqual({ origin: 'https://clyra.shop.example', rp_id: 'clyra.shop.example' })
    expect(at('https://clyra.shop.example:8443')).toEqual({ origin: 'https://clyra.shop.example:8443', rp_id: 'clyra.shop.example' })
    expect(at('http://localhost:80')).toEqual({ origin: 'http://localhost', rp_id: 'localhost' })
  })

  test.each(['http://clyra.shop.example', 'https://clyra.shop.example/approve', 'https://Clyra.example', 'localhost:7410'])(
    'is never %s: no browser has passkeys there, or it is no origin',
    (origin) => expect(faultsOf(`door: { origin: '${origin}' }`)).toEqual(['/door/origin']),
  )

  test('is no port that does not exist', () => {
    let code = 'none'
    try {
      doorOf(configured("door: { origin: 'https://clyra.example:99999' }"), 7410)
    } catch (error) {
      code = codeOf(error)
    }
    expect(code).toBe('CLYRA_CONFIG_INVALID')
  })
})
