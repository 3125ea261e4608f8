// The Go verifier as a command, built where Go is; the tests that need it are skipped, and say so, where it is not.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from '@jest/globals'

export const root = join(import.meta.dirname, '../..')

/** A describe that gets the path of a freshly built Go verifier. */
export function describeGo(name: string, body: (binary: string) => void): void {
  if (spawnSync('go', ['version']).status !== 0) {
    describe.skip(`${name} (no go found: the second verifier did not run)`, () => body(''))
    return
  }
  const dir = mkdtempSync(join(tmpdir(), 'clyra-go-'))
  const binary = join(dir, 'clyra-verify')
  const built = spawnSync('go', ['build', '-o', binary, '.'], { cwd: join(root, 'verifier/go'), encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`expected verifier/go to build, got: ${built.stderr}`)
  describe(name, () => {
    afterAll(() => rmSync(dir, { recursive: true }))
    body(binary)
  })
}
