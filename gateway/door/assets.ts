// Styles and scripts of the pages, served as they lie in client/. Read once.
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const folder = join(import.meta.dirname, 'client')
const types: Readonly<Record<string, string>> = { '.mjs': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8' }

export function assetRoutes(app: FastifyInstance): void {
  for (const file of readdirSync(folder)) {
    const type = types[extname(file)]
    if (type === undefined) continue
    const content = readFileSync(join(folder, file))
    app.get(`/approve/assets/${file}`, async (_request, reply) => reply.type(type).send(content))
  }
}
