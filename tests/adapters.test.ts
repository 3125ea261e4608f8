// The adapters of orchestrators: small, and nothing but a site key, a mapping, an outcome table, a cancel hook and links.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')

const adapters = [
  {
    name: 'airflow',
    dir: 'plugins/airflow/src/airflow_provider_clyra',
    packages: ['airflow', 'airflow_provider_clyra', 'attrs', 'openlineage'],
  },
  { name: 'dagster', dir: 'plugins/dagster/dagster_clyra', packages: ['dagster', 'dagster_shared', 'pydantic', 'dagster_clyra'] },
] as const

// Of the standard library only what holds, names and formats values, and a process for the verifier: no sockets, no crypto.
const standard = [
  'asyncio',
  'collections',
  'contextlib',
  'dataclasses',
  'functools',
  'importlib',
  'inspect',
  'json',
  'pathlib',
  'shlex',
  'subprocess',
  'tempfile',
  'time',
  'typing',
  'uuid',
]

const modules = (dir: string): string[] =>
  readdirSync(join(root, dir), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.py') && !file.startsWith('example_'))

const source = (dir: string): string =>
  modules(dir)
    .map((file) => readFileSync(join(root, dir, file), 'utf8'))
    .join('\n')

const withoutProse = (text: string): string => text.replaceAll(/"""[\s\S]*?"""/g, '').replaceAll(/^\s*#.*$/gm, '')

describe.each(adapters)('the adapter of $name', ({ dir, packages }) => {
  test('is at most 300 lines of code', () => {
    const lines = withoutProse(source(dir))
      .split('\n')
      .filter((line) => line.trim() !== '')
    expect(lines.length).toBeGreaterThan(100)
    expect(lines.length).toBeLessThanOrEqual(300)
  })

  test('knows its orchestrator, the Python client, and no more', () => {
    const imported = [...withoutProse(source(dir)).matchAll(/^\s*(?:from|import) ([a-z_]+)/gm)].map(([, name]) => name as string)
    expect(imported).toContain('clyra')
    const foreign = imported.filter((name) => ![...standard, ...packages, 'clyra'].includes(name))
    expect([...new Set(foreign)]).toEqual([])
  })

  test('has no name of the engine behind the API but that of the link', () => {
    expect(source(dir).replaceAll(/\["temporal"\]/g, '')).not.toMatch(/temporal/i)
  })
})
