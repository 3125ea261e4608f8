// Plays the scenarios against a running stack and writes down what was asked and answered.
import { readFileSync } from 'node:fs'
import { createClient } from '../../cli/client.ts'
import { demandConforming } from '../../gateway/control/testing/contract.ts'
import type { TestStack } from '../support/stack.ts'
import { type Exchange, headersKept, normaliser } from './exchange.ts'
import { type Play, scenarios } from './scenarios.ts'

/** Where a scenario's exchanges stand. */
export const fileOf = (name: string): URL => new URL(`${name}.json`, import.meta.url)

/** As the file holds them. */
export const textOf = (exchanges: readonly Exchange[]): string => `${JSON.stringify(exchanges, null, 1)}\n`

/**
 * Every scenario in turn, by name; ben must be enrolled. Each answer is held against the contract before it is normalised.
 * Throws at the first that does not fit, and when a scenario does.
 */
export async function recordAll(stack: TestStack): Promise<Map<string, Exchange[]>> {
  const recorded = new Map<string, Exchange[]>()
  for (const [name, play] of Object.entries(scenarios)) {
    const exchanges: Exchange[] = []
    await play(playing(stack, exchanges))
    recorded.set(name, exchanges.map(normaliser()))
  }
  return recorded
}

function playing(stack: TestStack, exchanges: Exchange[]): Play {
  const tokenOf = (actor: string) => readFileSync(stack.key(`${actor}.token`), 'utf8').trim()
  const send = (actor: string, method: string, path: string, init: { body?: string; headers?: Record<string, string> } = {}) =>
    fetch(new URL(path, stack.run.gateway), {
      method,
      ...init,
      headers: { ...init.headers, ...(actor === 'nobody' ? {} : { authorization: `Bearer ${tokenOf(actor)}` }) },
    })
  return {
    stack,
    admin: createClient({ base: stack.run.gateway, token: tokenOf('admin') }),
    look: async (path) => (await send('ana', 'GET', path)).json() as never,
    async ask(actor, method, path, body, headers = {}) {
      const sent =
        body === undefined ? { headers } : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
      const response = await send(actor, method, path, sent)
      const bytes = Buffer.from(await response.arrayBuffer())
      const kept = Object.fromEntries(
        headersKept.flatMap((name) => (response.headers.has(name) ? [[name, response.headers.get(name) ?? '']] : [])),
      )
      const zipped = kept['content-type'] === 'application/zip'
      const answer = zipped ? undefined : JSON.parse(bytes.toString())
      demandConforming({ method, url: path }, { statusCode: response.status, headers: kept, json: () => answer } as never)
      exchanges.push({
        request: {
          method,
          path,
          headers: { ...(actor === 'nobody' ? {} : { authorization: `Bearer token-of-${actor}` }), ...sent.headers },
          ...(body === undefined ? {} : { body }),
        },
        response: {
          status: response.status,
          headers: kept,
          ...(zipped ? { body_base64: bytes.toString('base64') } : { body: answer }),
        },
      })
      return answer
    },
  }
}
