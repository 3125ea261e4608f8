// docs/attacks.md names a test for each attack. It is read against the tests and the codes there are.
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

interface Line {
  attack: string
  refusedBy: string
  tests: { file: string; name: string }[]
}

const spans = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text)

/** The third cell is files, each followed by names of tests in it. */
function testsIn(cell: string): Line['tests'] {
  let file = ''
  return spans(cell).flatMap((text) => {
    if (!/^[\w./-]+\.ts$/.test(text)) return [{ file, name: text }]
    file = text
    return []
  })
}

function linesOf(text: string): Line[] {
  const rows = text.split('\n').filter((line) => /^\| (?!attack \|)/.test(line))
  return rows.map((row) => {
    const [, attack = '', refusedBy = '', tests = '', ...more] = row.split('|').map((cell) => cell.trim())
    if (more.length !== 1) throw new Error(`expected three cells, found another number: ${attack}`)
    return { attack, refusedBy, tests: testsIn(tests) }
  })
}

/** Where a line is wrong: a file or a test that is not there, a code nobody has, or no test without a reason. */
function faultsOf({ attack, refusedBy, tests }: Line, codes: string): string[] {
  const unknown = spans(refusedBy).filter((code) => code.startsWith('CLYRA_') && !codes.includes(`${code}\``))
  const gone = tests.filter(({ file, name }) => !existsSync(join(root, file)) || !isNamed(name, read(file)))
  const bare = tests.length === 0 && !refusedBy.startsWith('does not apply: ')
  return [...unknown, ...gone.map(({ file, name }) => `${file} › ${name}`), ...(bare ? ['no test'] : [])].map(
    (fault) => `${attack}: ${fault}`,
  )
}

// As a text of its own in the source: the name of a test, or of a line of its table.
const isNamed = (name: string, source: string): boolean => ["'", '"', '`'].some((quote) => source.includes(`${quote}${name}${quote}`))

describe('docs/attacks.md', () => {
  const lines = linesOf(read('docs/attacks.md'))
  const codes = read('docs/errors.md')

  test('names tests that are there, codes that are there, and a reason where an attack does not apply', () => {
    expect(lines.length).toBeGreaterThanOrEqual(70)
    expect(lines.flatMap((line) => faultsOf(line, codes))).toEqual([])
  })

  test('each attack stands once', () => {
    const attacks = lines.map(({ attack }) => attack)
    expect(attacks.filter((attack, index) => attacks.indexOf(attack) !== index)).toEqual([])
  })

  test('a line that names what is not there would be found', () => {
    const [wrong] = linesOf(
      '| replay | `CLYRA_NO_SUCH` | `core/clock.test.ts` `no such line`; `tests/none.test.ts` `each attack stands once` |',
    )
    const [bare] = linesOf('| replay | somebody | |')
    expect([wrong, bare].map((line) => line && faultsOf(line, codes).length)).toEqual([3, 1])
  })
})
