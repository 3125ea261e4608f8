import { describe, expect, test } from '@jest/globals'
import { reportJson } from './report.ts'
import { type Body, build, canonical, digest, zip } from './testing/bundle.ts'
import { judge } from './testing/judge.ts'
import { lie, random } from './testing/mutate.ts'
import { approved, stories } from './testing/stories.ts'
import { readZip } from './zip.ts'

describe('nothing edited passes', () => {
  test('every single-bit flip of a small bundle', () => {
    const good = build(stories.cancelled())
    expect(judge(good).verdict).toBe('valid')
    const accepted = []
    for (let bit = 0; bit < good.length * 8; bit++) {
      const flipped = Buffer.from(good)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      if (judge(flipped).verdict === 'valid') accepted.push(bit)
    }
    console.log(`bit flips: ${good.length * 8} of ${good.length} bytes, ${accepted.length} accepted`)
    expect(accepted).toEqual([])
  })

  test('every single-bit flip of a signature file with its CRC repaired', () => {
    const files = new Map([...readZip(build(stories.cancelled()))].map(([path, bytes]) => [path, Buffer.from(bytes)]))
    const path = [...files.keys()].find((name) => name.startsWith('sig/')) as string
    const content = files.get(path) as Buffer
    for (let bit = 0; bit < content.length * 8; bit++) {
      const flipped = Buffer.from(content)
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
      expect([bit, judge(zip(new Map(files).set(path, flipped))).verdict]).toEqual([bit, 'invalid'])
    }
  })

  test('every drop, swap, double and truncation of receipts, logged and signed again', () => {
    const count = approved().drafts.length
    const edits: ((lines: Buffer[]) => Buffer[])[] = []
    for (let a = 0; a < count; a++) {
      edits.push((lines) => lines.filter((_, index) => index !== a))
      edits.push((lines) => lines.slice(0, a))
      for (let b = 0; b < count; b++) {
        edits.push((lines) => [...lines.slice(0, a), lines[b] as Buffer, ...lines.slice(a)])
        if (a < b) edits.push((lines) => lines.map((line, index) => lines[index === a ? b : index === b ? a : index] ?? line))
      }
    }
    for (const [index, lines] of edits.entries()) expect([index, judge(build(approved(), { lines })).verdict]).toEqual([index, 'invalid'])
    expect(edits.length).toBe(count * (2 + count) + (count * (count - 1)) / 2)
  })

  test('no lie throws, and every report is canonical', () => {
    const pick = random(3)
    for (let round = 0; round < 300; round++) {
      const target = pick(5)
      const receipt = (body: Body, index: number) => {
        if (index === target) lie(body, pick, [digest('x')])
      }
      const report = judge(build(approved(), { receipt }))
      expect(reportJson(report)).toBe(canonical(report))
    }
  })
})
