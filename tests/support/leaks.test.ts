import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { searchFor } from './leaks.ts'
import { leaksOnDisk } from './stack-leaks.ts'

const canary = `DELETE FROM t WHERE name = 'canary "quoted"\n7f3a9c51e2'`
const json = JSON.stringify(canary)

describe('the search finds what is planted', () => {
  test.each([
    ['as it is', canary],
    ['in JSON', json],
    ['in JSON in JSON', JSON.stringify(json)],
    ['in a URL', encodeURIComponent(canary)],
    ['in a form', encodeURIComponent(canary).replaceAll('%20', '+')],
    ['in hex', Buffer.from(canary).toString('hex')],
    ...[0, 1, 2].map((offset) => [`in base64 at offset ${offset}`, Buffer.from(`${'x'.repeat(offset)}${canary}yy`).toString('base64')]),
    ['in base64 of JSON', Buffer.from(`{"a":${json}}`).toString('base64')],
    ['in base64url', Buffer.from(`>>>${canary}???`).toString('base64url')],
  ])('%s', (_how, text) => {
    const search = searchFor(['another needle 123', canary])
    expect(search(Buffer.from(`before ${text} after`))).toEqual([canary])
    expect(searchFor([canary.toUpperCase()])(Buffer.from(text))).toEqual([])
  })

  test('and a needle that is too short to mean anything is refused', () => {
    expect(() => searchFor(['a test'])).toThrow('expected needles')
  })
})

describe('a state directory', () => {
  let home: string
  const put = (file: string, text: string) => {
    mkdirSync(dirname(join(home, '.clyra', file)), { recursive: true })
    writeFileSync(join(home, '.clyra', file), text)
  }
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'clyra-leaks-'))
    put('keys/ana.token', 'clyra_a-token-of-ana-7f3a9c51e2')
    put('db/warehouse/base/1', canary)
  })
  afterEach(() => rmSync(home, { recursive: true }))
  const leaks = () => leaksOnDisk(home, { secrets: [canary], reasons: ['a reason of 91c4d7'] })

  test('is clean where secrets are in keys/ and in the warehouse alone', () => {
    put('tickets/one.csv', 'a reason of 91c4d7')
    expect(leaks()).toEqual([])
  })

  test.each([
    ['logs/store.log', canary],
    ['logs/gateway.log', 'Bearer clyra_a-token-of-ana-7f3a9c51e2'],
    ['logs/worker.log', 'a reason of 91c4d7'],
    ['temporal.db', 'a reason of 91c4d7'],
    ['evidence/one.zip', canary],
    ['parts.json', canary],
    ['db/store/base/1', canary],
    ['db/warehouse/core.4711', 'whatever'],
  ])('is not, where %s holds some', (file, text) => {
    put(file, text)
    expect(leaks()).toEqual([expect.stringContaining(file)])
  })
})
