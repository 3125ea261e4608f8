import { crc32 } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { Fault } from './report.ts'
import { zip } from './testing/bundle.ts'
import { readZip } from './zip.ts'

const files = new Map([
  ['a.txt', Buffer.from('alpha')],
  ['dir/b.txt', Buffer.from('beta')],
  ['empty', Buffer.of()],
])
const good = zip(files)

function codeOf(bytes: Uint8Array): string {
  try {
    readZip(bytes)
    return 'read'
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault
    return fault.place === null ? fault.message : `${fault.message} ${fault.place}`
  }
}

const patched = (edit: (bytes: Buffer) => void): Buffer => {
  const bytes = Buffer.from(good)
  edit(bytes)
  return bytes
}
const central = good.indexOf(Buffer.from('PK\x01\x02'))
const named = (...names: string[]): Buffer => zip(new Map(names.map((name) => [name, Buffer.of()])), names)

describe('the container', () => {
  test('reads back what was written, also nothing', () => {
    expect([...readZip(good)]).toEqual([...files])
    expect(readZip(zip(new Map())).size).toBe(0)
  })

  test.each<[string, Buffer]>([
    ['nothing', Buffer.of()],
    ['junk before', Buffer.concat([Buffer.from('MZ'), good])],
    ['junk behind', Buffer.concat([good, Buffer.of(0)])],
    ['a comment', patched((bytes) => bytes.writeUInt16LE(1, bytes.length - 2))],
    ['a truncated end', good.subarray(0, -1)],
    ['an end without the rest', good.subarray(-22)],
    ['two zips', Buffer.concat([good, good])],
    ['a low entry count', patched((bytes) => bytes.writeUInt16LE(2, bytes.length - 12))],
    ['another name in the directory', patched((bytes) => bytes.write('c', central + 46))],
    ['another CRC in the directory', patched((bytes) => bytes.writeUInt32LE(1, central + 16))],
    ['compression', patched((bytes) => bytes.writeUInt16LE(8, 8))],
    ['encryption or a data descriptor', patched((bytes) => bytes.writeUInt16LE(8, 6))],
    ['a date', patched((bytes) => bytes.writeUInt16LE(0x5a21, 12))],
    ['an extra field', patched((bytes) => bytes.writeUInt16LE(4, 28))],
    ['a size beyond the file', patched((bytes) => bytes.writeUInt32LE(0xffffffff, 18))],
    ['a name beyond the file', patched((bytes) => bytes.writeUInt16LE(0xffff, 26))],
    ['another size', patched((bytes) => bytes.writeUInt32LE(4, 18))],
    ['a symbolic link', patched((bytes) => bytes.writeUInt32LE(0xa1ff0000, central + 38))],
    ['another offset', patched((bytes) => bytes.writeUInt32LE(1, central + 42))],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('ZIP_NOT_CANONICAL')
  })

  test.each([
    ['a path upwards', ['../a'], 0],
    ['a root', ['/a'], 0],
    ['a backslash', ['a\\b'], 0],
    ['a hidden file', ['.a'], 0],
    ['a folder', ['a/'], 0],
    ['an empty name', [''], 0],
    ['NUL', ['a\0'], 0],
    ['more than 200 bytes', ['a'.repeat(201)], 0],
    ['a name twice', ['a', 'a'], 1],
    ['names out of order', ['b', 'a'], 1],
    ['case twins', ['A', 'B', 'a'], 2],
  ])('refuses %s', (_, names, index) => {
    expect(codeOf(named(...names))).toBe(`ZIP_BAD_NAME entry ${index}`)
  })

  test('a wrong CRC is told from a wrong form', () => {
    const crc = crc32(Buffer.from('alpha')) ^ 1
    const both = patched((bytes) => {
      bytes.writeUInt32LE(crc >>> 0, 14)
      bytes.writeUInt32LE(crc >>> 0, central + 16)
    })
    expect(codeOf(both)).toBe('ZIP_BAD_CRC a.txt')
    expect(codeOf(patched((bytes) => bytes.write('A', 35)))).toBe('ZIP_BAD_CRC a.txt')
  })

  test('every single-bit flip is refused', () => {
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = patched((bytes) => {
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
      })
      expect([bit, codeOf(flipped)]).not.toEqual([bit, 'read'])
    }
  })
})
