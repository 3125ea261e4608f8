// The house (docs/ARCHITECTURE.md): what each room may import. A new import that points up fails here, with its place.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const root = resolve(import.meta.dirname, '..')

/** Rooms a room may import from, itself included, and the packages it may name. `node` stands for Node's builtins. */
const rules: Record<string, { rooms: string[]; packages: string[] }> = {
  spec: { rooms: [], packages: [] },
  packs: { rooms: [], packages: [] },
  core: { rooms: ['core'], packages: ['@bufbuild/cel'] },
  runtime: {
    rooms: ['runtime', 'core'],
    packages: [
      ...['node', 'ajv', 'yaml', 'pino', '@temporalio/common'],
      ...['api', 'exporter-metrics-otlp-http', 'resources', 'sdk-metrics'].map((name) => `@opentelemetry/${name}`),
    ],
  },
  ledger: { rooms: ['ledger', 'core', 'runtime'], packages: ['node', 'pg', 'ajv'] },
  evidence: { rooms: ['evidence', 'core', 'runtime'], packages: ['node', 'ajv', 'archiver'] },
  workflows: { rooms: ['workflows', 'core'], packages: ['@temporalio/workflow', '@temporalio/common'] },
  activities: { rooms: ['activities', 'core', 'ledger', 'evidence', 'runtime'], packages: ['node', 'uuid', '@temporalio/activity'] },
  plugins: { rooms: ['plugins', 'core'], packages: ['node', 'pg', 'libpg-query', '@slack/web-api', 'openid-client', 'jose'] },
  'plugins/temporal': {
    rooms: ['plugins', 'core'],
    packages: ['node', ...['activity', 'common', 'plugin', 'worker', 'workflow'].map((name) => `@temporalio/${name}`)],
  },
  gateway: {
    rooms: ['gateway', 'core', 'ledger', 'evidence', 'runtime'],
    packages: ['node', 'fastify', 'ajv', 'uuid', '@temporalio/client', '@temporalio/common'],
  },
  verifier: { rooms: ['verifier'], packages: ['node'] },
  cli: {
    rooms: ['cli', 'core', 'runtime', 'evidence', 'verifier', 'temporal.config.ts'],
    packages: ['node', 'yargs', 'cli-table3', 'uuid', 'yaml', '@temporalio/client', '@temporalio/envconfig'],
  },
  'cli/up': { rooms: ['cli', 'core', 'runtime', 'ledger', 'plugins', 'temporal.config.ts'], packages: ['node', 'pg'] },
  'cli/sso': { rooms: ['cli', 'core', 'runtime', 'plugins'], packages: [] },
  'cli/warehouse': { rooms: ['cli', 'core', 'runtime', 'plugins'], packages: ['node', 'pg'] },
  'cli/quickstart': { rooms: ['cli', 'core', 'runtime', 'evidence'], packages: ['node', 'pg', 'uuid', 'cli-table3'] },
  bench: {
    rooms: ['bench', 'core', 'evidence', 'ledger', 'plugins', 'runtime', 'tests'],
    packages: ['node', 'pg', '@temporalio/client', '@temporalio/common', '@temporalio/worker', '@temporalio/workflow'],
  },
  tools: { rooms: ['tools', 'core', 'evidence', 'runtime', 'verifier'], packages: ['node'] },
}

/** Files that may be imported across rooms although their room may not. */
const doors = ['workflows/messages.ts']

interface Import {
  file: string
  line: number
  name: string
}

function sources(dir = root): string[] {
  return readdirSync(dir).flatMap((entry) => {
    if (entry.startsWith('.') || ['node_modules', 'vectors', 'bin'].includes(entry)) return []
    const path = join(dir, entry)
    if (statSync(path).isDirectory()) return sources(path)
    return entry.endsWith('.ts') && !entry.endsWith('.d.ts') ? [relative(root, path)] : []
  })
}

const importLine = /(?:^|\s)(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|^import\s+'([^']+)'/gm

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(importLine)].map((match) => ({
    file,
    line: text.slice(0, match.index).split('\n').length,
    name: (match[1] ?? match[2] ?? match[3]) as string,
  }))
}

const roomOf = (file: string): string =>
  Object.keys(rules)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .at(-1) ?? (file.split('/')[0] as string)

const packageOf = (name: string): string =>
  name.startsWith('node:')
    ? 'node'
    : name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/')

function faultOf({ file, line, name }: Import): string | null {
  const room = roomOf(file)
  const rule = rules[room]
  if (rule === undefined) return `${file}:${line} stands in no room of the house`
  if (!name.startsWith('.')) {
    const wanted = packageOf(name)
    return rule.packages.includes(wanted) ? null : `${file}:${line} ${room} may not import the package ${wanted}`
  }
  const target = relative(root, resolve(root, dirname(file), name))
  const from = target.split('/')[0] as string
  return rule.rooms.includes(from) || doors.includes(target) ? null : `${file}:${line} ${room} may not import ${target}`
}

const production = sources().filter(
  (file) => !file.startsWith('tests/') && !file.includes('.test.') && !file.includes('/testing/') && file !== 'temporal.config.ts',
)

describe('the house', () => {
  test('no room imports what stands above it', () => {
    expect(production.length).toBeGreaterThan(100)
    expect(production.flatMap(importsOf).map(faultOf).filter(Boolean)).toEqual([])
  })

  test('activities never import each other; their index gathers them; deps, certify and conclude are what they share', () => {
    const stages = production.filter((file) => /^activities\/(?!index|deps|certify|conclude)/.test(file))
    const crossed = stages
      .flatMap(importsOf)
      .filter(({ name }) => name.startsWith('./') && !['./deps.ts', './certify.ts', './conclude.ts'].includes(name))
    expect(crossed).toEqual([])
  })

  test('plugins never import each other', () => {
    const pluginOf = (file: string) => file.split('/')[1]
    const crossed = production
      .filter((file) => file.startsWith('plugins/'))
      .flatMap(importsOf)
      .filter(({ file, name }) => {
        const target = relative(root, resolve(root, dirname(file), name))
        return name.startsWith('.') && target.startsWith('plugins/') && pluginOf(target) !== pluginOf(file)
      })
    expect(crossed).toEqual([])
  })

  test('only runtime/config.ts and the wiring read the environment', () => {
    const readers = production.filter((file) => /process\.env(?!\s*,\s*CLYRA_HOME|\s*,)/.test(stripped(file)))
    expect(readers.sort()).toEqual(['runtime/config.ts'])
  })

  test('it would notice: an upward import is a fault', () => {
    expect(faultOf({ file: 'core/x.ts', line: 1, name: '../runtime/digest.ts' })).toBe('core/x.ts:1 core may not import runtime/digest.ts')
    expect(faultOf({ file: 'core/x.ts', line: 1, name: 'node:fs' })).toBe('core/x.ts:1 core may not import the package node')
    expect(faultOf({ file: 'verifier/ts/x.ts', line: 2, name: '../../core/canonical.ts' })).not.toBeNull()
  })

  test('source files keep their size: none above 300 lines, the workflow within 200', () => {
    const lines = (file: string) => readFileSync(join(root, file), 'utf8').split('\n').length
    expect(production.filter((file) => !file.includes('/generated/') && lines(file) > 300)).toEqual([])
    expect(lines('workflows/governed-change.ts')).toBeLessThanOrEqual(200)
  })
})

// `env: { ...process.env, … }` hands the environment on to a child and reads nothing of it.
const stripped = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll('...process.env', '')
