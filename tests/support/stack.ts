// A whole stack for tests, in a directory of its own: the real `clyra up`, the real CLI, a policy whose gates close quickly.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { newStory, type Story } from '../../cli/quickstart/story.ts'
import { launchStack } from '../../cli/up/launch.ts'
import type { RunFile } from '../../runtime/config.ts'

export const checkout = resolve(import.meta.dirname, '../..')

export interface TestStack {
  home: string
  run: RunFile
  story: Story
  /** Everything the story has said: what the CLI printed. */
  said: string[]
  key(name: string): string
  /** Stops every part and starts it again over the same state, so that it reads its configuration anew. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Seconds a gate of the target `shop_hasty` stays open; a gate of `shop_pair` wants two approvers. */
export const hastySeconds = 2

export async function startTestStack(): Promise<TestStack> {
  const home = mkdtempSync(join(tmpdir(), 'clyra-e2e-'))
  chmodSync(home, 0o755)
  symlinkSync(join(checkout, 'packs'), join(home, 'packs'))
  const policy = readFileSync(join(checkout, 'packs/sox-controls/policy.yaml'), 'utf8')
  writeFileSync(join(home, 'hasty.yaml'), policy.replace(/deadline_seconds: \d+/, `deadline_seconds: ${hastySeconds}`))
  writeFileSync(join(home, 'pair.yaml'), policy.replace(/quorum: \d+/, 'quorum: 2'))
  const config = readFileSync(join(checkout, 'clyra.yaml'), 'utf8')
  const shop = config.slice(config.indexOf('  shop:\n'), config.indexOf('  shop_staging:'))
  const copies = ['hasty', 'pair'].map((name) =>
    shop.replace('  shop:', `  shop_${name}:`).replace('packs/sox-controls/policy.yaml', `${name}.yaml`),
  )
  writeFileSync(join(home, 'clyra.yaml'), config.replace('targets:\n', `targets:\n${copies.join('')}`))
  process.env.CLYRA_HOME = home
  let launched = await launchStack(() => undefined)
  const said: string[] = []
  return {
    home,
    run: launched.run,
    story: newStory(launched.run.gateway, (line) => said.push(line)),
    said,
    key: (name) => join(home, '.clyra/keys', name),
    async restart() {
      await launched.stop()
      process.env.CLYRA_HOME = home
      launched = await launchStack(() => undefined)
    },
    async stop() {
      await launched.stop()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** Runs a program to its end. */
export const runProgram = (program: string, words: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((done, fail) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.once('error', fail)
    child.once('close', (code) => done({ code: code ?? 1, out, err }))
  })
