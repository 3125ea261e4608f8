// An approver without a key file, on real parts: invited by the CLI, enrolled with a passkey, deciding over HTTP.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createClient } from '../../cli/client.ts'
import { decisionStatementBytes } from '../../evidence/decision.ts'
import { envelopeOf, statementMessage } from '../../evidence/dsse.ts'
import { enrolPasskey } from '../../gateway/door/enrol.ts'
import { proofMessage } from '../../gateway/door/tokens.ts'
import type { Ledger } from '../../ledger/types.ts'
import { doorOf, loadConfig } from '../../runtime/config.ts'
import { ledgerOf } from '../../temporal.config.ts'
import { type Authenticator, softAuthenticator } from '../support/authenticator.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'

const person = 'ben@shop.example'
let stack: TestStack
let ledger: Ledger
let ben: Authenticator

beforeAll(async () => {
  stack = await startTestStack()
  ledger = await ledgerOf(loadConfig(stack.home))
}, 60_000)

afterAll(async () => {
  await ledger?.close()
  await stack?.stop()
}, 60_000)

test('the invitation is a page of this gateway, and the passkey enrolled with it stands in the list', async () => {
  expect(await stack.story.clyra('approver', 'invite', '--person', person)).toBe(0)
  const page = new URL(stack.said.join('\n').match(/page\s+(\S+)/)?.[1] ?? '')
  const { port } = new URL(stack.run.gateway)
  expect(page.href).toMatch(`http://localhost:${port}/approve/enroll#`)

  const door = doorOf(loadConfig(stack.home), Number(port))
  ben = softAuthenticator(door)
  const tenantKey = Buffer.from(readFileSync(stack.key('tenant.key'), 'utf8').trim(), 'hex')
  const token = page.hash.slice(1)
  await enrolPasskey({ ledger, tenantKey, door, trustChanged: async () => undefined }, token, {
    spki: ben.spki.toString('base64'),
    credential_id: ben.passkey.credential_id,
    assertion: ben.assert(proofMessage('invite', token)),
  })
  expect(await stack.story.clyra('approver', 'list')).toBe(0)
  expect(stack.said.at(-1)).toMatch(/^\s*ben@shop\.example\s+passkey\s/)
})

test('a change he approves with it is enforced; what was signed is in the evidence', async () => {
  const statement = `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > 1000`
  const asked = { kind: 'sql' as const, target: 'shop', statements: [statement], reason: 'a test', source: 'e2e-passkey' }
  const { change_id } = await stack.story.ask(asked, 'verdict')
  const token = await ledger.tokens.issue({ tenant: 'default', actor: `approver:${person}`, person, roles: ['approver'] })
  const client = createClient({ base: stack.run.gateway, token })
  const { binding } = await client.approval(change_id)
  const said = { decision: 'approve' as const, person, reason: '', decision_id: randomUUID(), signed_at: new Date().toISOString() }
  const bytes = decisionStatementBytes({ change_id, binding, ...said })
  const assertion = ben.assert(statementMessage(bytes))

  const unverified = await client.decide(change_id, envelopeOf(bytes, ben.assert(statementMessage(bytes), { flags: 0x01 })))
  expect(unverified).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_BAD_SIGNATURE' })
  expect(await client.decide(change_id, envelopeOf(bytes, assertion))).toMatchObject({ status: 'counted', approvals: 1 })
  const view = await stack.story.follow(await stack.story.ana.change(change_id), 'end')
  expect(view).toMatchObject({ outcome: 'enforced', approvers: [person] })
  const zip = readFileSync(join(stack.home, '.clyra/evidence', view.evidence ?? ''), 'utf8')
  expect(zip).toContain(assertion.webauthn.client_data)
}, 60_000)
