import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { fastify } from 'fastify'
import { readSchemas } from '../../tools/schemas.ts'
import type { GatewayDeps } from './deps.ts'
import { openapiDocument } from './openapi.ts'
import { addRoutes } from './routes/index.ts'
import { createGateway } from './server.ts'

const root = join(import.meta.dirname, '..', '..')
const source = join(root, 'spec/api/openapi.json')

interface Operation {
  operationId: string
  security?: object[]
}
const document = openapiDocument() as {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, object>; parameters: Record<string, { schema: { enum: string[] } }> }
}
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(([method]) => method !== 'parameters')
    .map(([method, operation]) => ({ method: method.toUpperCase() as 'GET', path, operation })),
)

const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
const deps = { ledger: { tokens: { principal: async () => null }, approvers: {} }, targets: {}, slack: null, log } as unknown as GatewayDeps

// The server refuses U+0000 and integers that JSON numbers cannot hold: a client generated from the contract must know.
test('the contract says what a text and an integer may not be', () => {
  const requests = Object.entries(document.components.schemas).filter(([name]) => name.endsWith('_request'))
  const inputs = [...requests, ...Object.entries(document.components.parameters)].flatMap(([name, schema]) => openEnded(schema, name))
  expect(inputs).toEqual(['name.schema'])
})

// Where a text has neither pattern nor list, or an integer no maximum. A target's name is only looked up.
function openEnded(value: unknown, place: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  const { type, pattern, enum: list, maximum } = value as Record<string, unknown>
  const open = (type === 'string' && pattern === undefined && list === undefined) || (type === 'integer' && maximum === undefined)
  return [...(open ? [place] : []), ...Object.entries(value).flatMap(([name, member]) => openEnded(member, `${place}.${name}`))]
}

describe('the contract and the server', () => {
  test('have the same routes', () => {
    const app = fastify()
    const routes: string[] = []
    app.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') routes.push(`${method} ${url.replace(/:([a-z_]+)/g, '{$1}')}`)
    })
    addRoutes(app, deps, { begin: () => ({ signal: AbortSignal.abort(), done: () => undefined }) })
    expect(routes.sort()).toEqual(operations.map(({ method, path }) => `${method} ${path}`).sort())
  })

  test('agree on what needs a token', async () => {
    const app = createGateway(deps)
    for (const { method, path, operation } of operations.filter(({ path }) => path !== '/readyz')) {
      const { statusCode } = await app.inject({ method, url: path.replace(/\{[a-z_]+\}/g, 'x') })
      expect([path, statusCode === 401]).toEqual([path, operation.security === undefined])
    }
    expect(document.paths['/readyz']?.get?.security).toEqual([])
    await app.close()
  })

  test('agree on the states', () => {
    const schema = readSchemas(root, ['api']).find(({ name }) => name === 'change_view')?.schema
    expect(document.components.parameters.state?.schema.enum).toEqual(schema?.properties?.state?.enum)
  })
})

describe('the served document', () => {
  test('points nowhere outside itself, and every schema in it compiles', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '')
    expect(references.length).toBeGreaterThan(50)
    const at = (reference: string) =>
      reference
        .slice(2)
        .split('/')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document)
    expect(references.filter((reference) => !reference.startsWith('#/') || at(reference) === undefined)).toEqual([])
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema(document, 'openapi')
    for (const name of Object.keys(document.components.schemas))
      expect(ajv.compile({ $ref: `openapi#/components/schemas/${name}` })).toBeInstanceOf(Function)
  })

  test('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('redocly', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clyra-openapi-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const config = join(root, 'spec/api/redocly.yaml')
  // A proxy that refuses every connection: linting needs no network.
  const nowhere = 'http://127.0.0.1:9'
  const env = {
    ...process.env,
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    REDOCLY_TELEMETRY: 'off',
    REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  }
  const lint = (file: string) =>
    promisify(execFile)(join(root, 'node_modules/.bin/redocly'), ['lint', '--config', config, '--format', 'json', file], { env }).then(
      ({ stdout }) => JSON.parse(stdout).totals,
      ({ stdout }) => JSON.parse(stdout).totals,
    )

  test('finds nothing in the source or in the served document', async () => {
    const served = join(folder, 'openapi.json')
    await writeFile(served, JSON.stringify(document))
    for (const file of [source, served]) expect(await lint(file)).toEqual({ errors: 0, warnings: 0, ignored: 0 })
  })

  test('would find an example that does not fit its schema', async () => {
    const broken = join(folder, 'broken.json')
    await writeFile(broken, JSON.stringify(document).replaceAll('"example":{"kind":"sql"', '"example":{"kind":"canary"'))
    expect((await lint(broken)).errors).toBe(1)
  })
})
