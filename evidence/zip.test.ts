import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { encode, readZip, writeZip } from './zip.ts'

const files = new Map([
  ['b/c.json', Buffer.from('{}')],
  ['README.txt', Buffer.from('read me')],
  ['a', Buffer.alloc(0)],
])
const invalid = expect.objectContaining({ code: 'CLYRA_EVIDENCE_INVALID' })

describe('canonical zip', () => {
  test('archiver’s bytes are the one form, in byte order of names, whatever the time zone', async () => {
    const zip = await writeZip(files)
    expect([...readZip(zip).keys()]).toEqual(['README.txt', 'a', 'b/c.json'])
    expect(Buffer.from(zip)).toEqual(encode(readZip(zip)))
    // DOS time 0, date 1980-01-01, at the same place of every local header.
    expect(Buffer.from(zip).readUInt32LE(10)).toBe(0x0021_0000)
  })

  test('unzip accepts it', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'clyra-zip-'))
    writeFileSync(join(dir, 'x.zip'), await writeZip(files))
    expect(execFileSync('unzip', ['-tq', 'x.zip'], { cwd: dir }).toString()).toContain('No errors')
    rmSync(dir, { recursive: true })
  })

  test('large files pass in one piece', async () => {
    const large = Buffer.alloc(3_000_000, 7)
    expect(Buffer.from(readZip(await writeZip(new Map([['large', large]]))).get('large') ?? '').equals(large)).toBe(true)
  })

  test('any single changed, added or missing byte is refused', async () => {
    const zip = Buffer.from(await writeZip(files))
    fc.assert(
      fc.property(fc.nat(zip.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bent = Buffer.from(zip)
        bent[at] = (bent[at] ?? 0) ^ mask
        expect(() => readZip(bent)).toThrow(invalid)
      }),
      { seed: 3, numRuns: 500 },
    )
    expect(() => readZip(Buffer.concat([zip, Buffer.of(0)]))).toThrow(invalid)
    expect(() => readZip(zip.subarray(1))).toThrow(invalid)
    expect(() => readZip(zip.subarray(0, -1))).toThrow(invalid)
    expect(() => readZip(Buffer.alloc(0))).toThrow(invalid)
  })

  test.each(['../x', '/x', 'a//b', 'a/', '.x', 'a b', 'ä', 'x'.repeat(201), ''])('the name %j is refused', async (name) => {
    await expect(writeZip(new Map([[name, Buffer.of()]]))).rejects.toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID' })
    expect(() => readZip(encode(new Map([[name, Buffer.of()]])))).toThrow(invalid)
  })

  test('names that differ in case alone, and names out of order, are refused', () => {
    expect(() =>
      readZip(
        encode(
          new Map([
            ['A', Buffer.of()],
            ['a', Buffer.of()],
          ]),
        ),
      ),
    ).toThrow(invalid)
    expect(() =>
      readZip(
        encode(
          new Map([
            ['b', Buffer.of()],
            ['a', Buffer.of()],
          ]),
        ),
      ),
    ).toThrow(invalid)
  })
})
