// What callers and an approver do all day, and go on doing while parts die under them: each asks again until he is answered.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Client, createClient } from '../../cli/client.ts'
import { patiently } from '../../cli/watch.ts'
import { codeOf } from '../../core/errors.ts'
import type { ChangeRequest, ChangeView, DecisionRequestEnvelope } from '../../core/generated/types.ts'
import { signDecision } from '../../evidence/decision.ts'
import { fileSigner } from '../../runtime/keys.ts'
import { work } from '../support/grants.ts'
import { enroll, type TestStack } from '../support/stack.ts'

export type Flow = 'allow' | 'approve' | 'deny' | 'caller'

/** A change that was asked for, and what was seen of it in the end. */
export interface Done {
  flow: Flow
  order: number
  view: ChangeView
  ms: number
}

/** Ends in which each flow may end while parts die: what was proved not to have happened is right, what nobody can tell is not. */
export const allowedEnds: Record<Flow, readonly string[]> = {
  allow: ['enforced', 'failed'],
  approve: ['enforced', 'failed'],
  deny: ['denied'],
  caller: ['enforced', 'failed'],
}

const person = 'ben@shop.example'

/** One change of a flow on an order of its own, from the request to its end. Enrolls the approver. */
export async function changesOf(stack: TestStack): Promise<(flow: Flow, order: number) => Promise<Done>> {
  const { story, key } = stack
  await enroll(stack, 'ben')
  const signer = await fileSigner(key('ben.pem'))
  const clientOf = (name: string) => createClient({ base: stack.run.gateway, token: readFileSync(key(`${name}.token`), 'utf8').trim() })
  const [ana, ben] = [clientOf('ana'), clientOf('ben')]

  const approve = async (id: string) => {
    const { binding } = await patiently(() => ana.approval(id))
    const said = { decision: 'approve' as const, person, reason: 'soak', decision_id: randomUUID(), signed_at: new Date().toISOString() }
    const envelope = JSON.parse(await signDecision({ change_id: id, binding, ...said }, signer)) as DecisionRequestEnvelope
    await patiently(() => ben.decide(id, envelope))
  }

  return async (flow, order) => {
    const started = performance.now()
    const site = randomUUID()
    const request = requestOf(flow, order)
    let view = await patiently(() => ana.submit(request, site))
    if (flow === 'approve') {
      view = await story.follow(view, 'verdict')
      if (view.state === 'AWAITING_APPROVAL') await approve(view.change_id)
    }
    if (flow === 'caller') {
      view = await story.follow(view, 'grant')
      if (view.outcome === null) await callersWork(stack, ana, view.change_id, request.statements)
    }
    const end = await story.follow(view, 'end')
    return { flow, order, view: end, ms: performance.now() - started }
  }
}

function requestOf(flow: Flow, order: number): ChangeRequest {
  const update = `UPDATE shop.orders SET total_cents = total_cents + 1 WHERE order_id = ${order}`
  const statements = {
    allow: update,
    caller: update,
    // A WITH that writes is judged needs_approval, and is as little work as the others.
    approve: `WITH one AS (${update} RETURNING order_id) SELECT * FROM one`,
    // Of another table: until it is denied, all its rows stand in the history of the others'.
    deny: 'UPDATE shop.products SET price_cents = 0',
  }
  const about: ChangeRequest = { kind: 'sql', target: 'shop', statements: [statements[flow]], reason: 'soak', source: 'soak' }
  return flow === 'caller' ? { ...about, executor: 'caller', limits: { grant_seconds: 60 } } : about
}

// His connection may die at any moment, COMMIT included: then only the next grant tells whether the work is done.
async function callersWork({ key, forbid }: TestStack, ana: Client, id: string, statements: readonly string[]): Promise<void> {
  const login = { connectionString: readFileSync(key('shop-etl.url'), 'utf8').trim() }
  const tried = async (): Promise<string> => {
    const { token } = await patiently(() => ana.grant(id, 'etl'))
    forbid({ secrets: [token] })
    return work(login, token, statements)
  }
  let answer = 'CLYRA_INTERNAL'
  while (['CLYRA_INTERNAL', 'CLYRA_GRANT_IN_USE'].includes(answer)) answer = await tried().catch(codeOf)
  // The window closed while a part was away: the run has looked by itself.
  if (['CLYRA_GRANT_NOT_OPEN', 'CLYRA_GRANT_EXPIRED', 'CLYRA_GRANT_SETTLED'].includes(answer)) return
  if (answer.startsWith('CLYRA_') && answer !== 'CLYRA_GRANT_REDEEMED') throw new Error(`expected a grant, found ${answer}`)
  await patiently(() => ana.complete(id))
}
