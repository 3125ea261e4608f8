// Words, policies and evidence that nobody wrote with good intent: each is answered, with a code and without a stack trace.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { groups, single } from '../../cli/registry.ts'
import { cli } from '../../cli/testing/console.ts'
import { ClyraError } from '../../core/errors.ts'
import { loadPolicy } from '../../runtime/policy-file.ts'
import { build } from '../../verifier/ts/testing/bundle.ts'
import { judge } from '../../verifier/ts/testing/judge.ts'
import { stories } from '../../verifier/ts/testing/stories.ts'

const seed = 5
const root = join(import.meta.dirname, '../..')
const stackTrace = /\n\s+at .*[:(]|node:internal|Error: /

describe('policies', () => {
  const good = readFileSync(join(root, 'packs/sox-controls/policy.yaml'), 'utf8')
  const lines = good.split('\n')
  const yaml = fc.oneof(
    fc.constantFrom(
      '',
      '&a [*a]',
      '!!js/function x',
      '- 1',
      '{',
      '? ? ?',
      '%YAML 9',
      '"\\x',
      '\t',
      '---\n---',
      '<<: *x',
      '__proto__: {}',
      'null',
      '1e999',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .constantFrom('facts.statements.all(s, s.all(t, t))', '((((', 'policy', '1/0 == 1', '"a".matches("(a+)+$")', 'x'.repeat(5000))
      .map((cel) => `      when: ${cel}`),
  )
  const edits = fc.array(fc.tuple(fc.nat(lines.length - 1), fc.nat(2), yaml), { minLength: 1, maxLength: 4 })
  const edited = edits.map((all) => {
    const text = [...lines]
    for (const [at, how, line] of all) text.splice(at, how, line)
    return text.join('\n')
  })

  const answered = (text: string): string => {
    try {
      loadPolicy(text, 'policy.yaml')
      return 'sound'
    } catch (error) {
      expect(error).toBeInstanceOf(ClyraError)
      const { code, faults } = error as ClyraError
      expect(faults.length).toBeGreaterThan(0)
      for (const { pointer } of faults) expect(pointer).toMatch(/^policy\.yaml:\d+:\d+$/)
      return code
    }
  }

  test('of any text load, or are refused with every fault in its place', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.oneof({ arbitrary: edited, weight: 4 }, { arbitrary: fc.string({ unit: 'binary', maxLength: 200 }), weight: 1 }),
        (text) => {
          seen.add(answered(text))
        },
      ),
      { seed, numRuns: 400 },
    )
    expect([...seen].sort()).toEqual(['CLYRA_POLICY_INVALID', 'sound'])
  }, 60_000)

  test.each([
    [
      'aliases that grow without bound',
      `a: &a [x, x]\n${[...'bcdefghijklmnopqrstu'].map((name, index) => `${name}: &${name} [*${'abcdefghijklmnopqrstu'[index]}, *${'abcdefghijklmnopqrstu'[index]}]`).join('\n')}`,
    ],
    ['deep nesting', '['.repeat(100_000)],
    ['deep and closed nesting', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['a deep expression', good.replace("when: '!change.reason", `when: '${'!'.repeat(50_000)}change.reason`)],
    ['deep parentheses in an expression', good.replace("when: '!change.reason", `when: '${'('.repeat(50_000)}change.reason`)],
    ['a megabyte of one word', 'x'.repeat(1_048_576)],
  ])('%s', (_what, text) => {
    expect(answered(text)).toBe('CLYRA_POLICY_INVALID')
  })
})

describe('command lines', () => {
  let dir: string
  const home = process.env.CLYRA_HOME
  const place = process.cwd()
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'clyra-argv-'))
    process.env.CLYRA_HOME = dir
    // Words may name files to write: they land here.
    process.chdir(dir)
    writeFileSync(join(dir, 'file'), 'rubbish')
  })
  afterAll(() => {
    process.chdir(place)
    if (home === undefined) delete process.env.CLYRA_HOME
    else process.env.CLYRA_HOME = home
    rmSync(dir, { recursive: true })
  })

  // These start servers, or bring them down.
  const heavy = ['up', 'down', 'worker', 'gateway']
  const words = [
    ...Object.keys(single).filter((name) => !heavy.includes(name)),
    ...Object.entries(groups).flatMap(([name, group]) => Object.keys(group.commands).map((inner) => `${name} ${inner}`)),
  ]
  const option = fc.constantFrom(
    '--json',
    '--yes',
    '--key-file',
    '--gateway',
    '--token-file',
    '--person',
    '--trust',
    '--reason',
    '--target',
    '--sql',
    '--',
    '-',
    '--=',
    '--no-json',
    '--help=1',
    '--constructor',
    '--__proto__',
    '--json=x',
  )
  const value = fc.oneof(
    fc.constantFrom('', 'file', '.', 'http://127.0.0.1:1', 'not a url', 'chg_', '%00', '{}', '-1', 'NaN', '__proto__'),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  const argv = fc
    .tuple(fc.constantFrom(...words), fc.array(fc.oneof(option, value), { maxLength: 6 }))
    .map(([command, rest]) => [...command.split(' '), ...rest])

  test('of any words end with an exit code and a clear error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ arbitrary: argv, weight: 9 }, { arbitrary: fc.array(value, { maxLength: 4 }), weight: 1 }),
        async (line) => {
          fc.pre(!heavy.includes(line[0] ?? ''))
          const { code, out, err } = await cli(line)
          expect([0, 1, 2, 3, 4, 5, 6]).toContain(code)
          expect(`${out}\n${err}`).not.toMatch(stackTrace)
          expect(`${out}\n${err}`).not.toContain('CLYRA_INTERNAL')
          if (code !== 0) expect(`${out}${err}`).not.toBe('')
        },
      ),
      { seed, numRuns: 200 },
    )
  }, 60_000)
})

describe('evidence', () => {
  const good = build(stories.denied())
  const zip = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 }).map((edits) => {
      const bytes = Uint8Array.from(good)
      for (const [at, byte] of edits) bytes[at] = byte
      return bytes
    }),
    fc.tuple(fc.nat(good.length), fc.nat(good.length)).map(([from, to]) => good.subarray(Math.min(from, to), Math.max(from, to))),
    fc
      .tuple(fc.nat(good.length), fc.uint8Array({ minLength: 1, maxLength: 50 }))
      .map(([at, more]) => Buffer.concat([good.subarray(0, at), more, good.subarray(at)])),
  )

  test('of any bytes is judged, never thrown at, and never valid', () => {
    fc.assert(
      fc.property(zip, (bytes) => {
        fc.pre(!Buffer.from(bytes).equals(good))
        expect(['invalid', 'cannot_judge']).toContain(judge(Buffer.from(bytes)).verdict)
      }),
      { seed, numRuns: 1000 },
    )
  }, 60_000)
})
