// The statement an approver signs, and the number he must have been told for it.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { ChangeView, DecisionStatement, StatementView, Verdict } from '../../core/generated/types.ts'
import { tenantStream } from '../../core/receipts.ts'
import { assertionChallenge } from '../../evidence/assertion.ts'
import { statementMessage } from '../../evidence/dsse.ts'
import { matchCode } from '../../evidence/match-code.ts'
import { numbersOfOnePerson } from './statement.ts'
import { askForApproval, problemIn, startTestGateway, type TestGateway } from './testing/gateway.ts'

let gateway: TestGateway
let ana: string
let ben: string

beforeAll(async () => {
  gateway = await startTestGateway()
  ana = await gateway.token(['requester'], { actor: 'ana', person: 'ana@shop.example' })
  ben = await gateway.token(['approver'], { actor: 'approver:ben', person: 'ben' })
})
afterAll(() => gateway.stop())

async function waiting(key: string, grade: Verdict['grade']): Promise<{ id: string; number: string }> {
  const payload = { kind: 'sql', target: 'shop', statements: ['DELETE FROM public.orders WHERE id = 1'] }
  const submitted = await gateway.call(ana, { method: 'POST', url: '/v1/changes', headers: { 'idempotency-key': key }, payload })
  const id = submitted.json<ChangeView>().change_id
  const { verdict } = await askForApproval(gateway.ledger, 'default', id, { grade })
  return { id, number: matchCode(verdict.receipt.body as unknown as Verdict) ?? '' }
}
const state = (id: string, body: object, token = ben) =>
  gateway.call(token, { method: 'POST', url: `/v1/approvals/${id}/statements`, payload: { reason: 'seen', ...body } })
const codeOf = async (id: string, body: object, token = ben) => problemIn(await state(id, body, token)).code
const refusals = async (id: string) =>
  (await gateway.ledger.log.read(tenantStream('default')))
    .filter(({ receipt: { kind, body } }) => kind === 'door_refusal' && body.change_id === id)
    .map(({ receipt: { body } }) => body)
const other = (number: string, by = 1) => String((Number(number) + by) % 1_000_000).padStart(6, '0')

test('it is in the name of the token’s person, and its commitment stands for it', async () => {
  const { id } = await waiting('plain', 'standard')
  const { statement, commitment } = (await state(id, { decision: 'approve' })).json<StatementView>()
  const bytes = Buffer.from(statement, 'base64')
  const { predicate } = JSON.parse(bytes.toString()) as DecisionStatement
  expect(predicate).toMatchObject({ change_id: id, decision: 'approve', reason: 'seen', person: 'ben' })
  expect(predicate.match_code).toBeUndefined()
  expect(commitment).toBe(assertionChallenge(statementMessage(bytes)))
})

test('a token of nobody states nothing, and sees no list of what waits for him', async () => {
  const { id } = await waiting('nobody', 'standard')
  const nobody = await gateway.token(['approver'], { actor: 'teams' })
  expect(await codeOf(id, { decision: 'approve' }, nobody)).toBe('CLYRA_API_FORBIDDEN')
  expect(problemIn(await gateway.call(nobody, { url: '/v1/approvals' })).code).toBe('CLYRA_API_FORBIDDEN')
})

describe('a gate of grade enhanced', () => {
  test('shows its number to those who asked, and to nobody else', async () => {
    const { id, number } = await waiting('shown', 'enhanced')
    const seenBy = async (token: string) => (await gateway.call(token, { url: `/v1/changes/${id}` })).json<ChangeView>().match_code
    expect(number).toMatch(/^[0-9]{6}$/)
    expect(await seenBy(ana)).toBe(number)
    expect(await seenBy(ben)).toBeNull()
    expect((await gateway.call(ben, { url: `/v1/approvals/${id}` })).body).not.toContain(number)
  })

  test('asks for the number before an approval is stated, and for none before a rejection', async () => {
    const { id, number } = await waiting('asked', 'enhanced')
    expect(await codeOf(id, { decision: 'approve' })).toBe('CLYRA_APPROVAL_MATCH_CODE')
    expect(await codeOf(id, { decision: 'reject', match_code: number })).toBe('CLYRA_APPROVAL_MATCH_CODE')
    expect((await state(id, { decision: 'reject' })).statusCode).toBe(200)
    const { statement } = (await state(id, { decision: 'approve', match_code: number })).json<StatementView>()
    expect(JSON.parse(Buffer.from(statement, 'base64').toString()).predicate.match_code).toBe(number)
    const plain = await waiting('asks nobody', 'standard')
    expect(await codeOf(plain.id, { decision: 'approve', match_code: number })).toBe('CLYRA_APPROVAL_MATCH_CODE')
    expect([await refusals(id), await refusals(plain.id)]).toEqual([[], []])
  })

  test('takes five wrong numbers of a person and then no more, the right one neither; another person is not held up', async () => {
    const { id, number } = await waiting('guessed', 'enhanced')
    const guesses = Array.from({ length: numbersOfOnePerson + 3 }, (_, index) => other(number, index + 1))
    const codes = await Promise.all(guesses.map((match_code) => codeOf(id, { decision: 'approve', match_code })))
    expect(codes.filter((code) => code === 'CLYRA_APPROVAL_MATCH_CODE')).toHaveLength(numbersOfOnePerson)
    expect(codes.filter((code) => code === 'CLYRA_APPROVAL_TOO_MANY')).toHaveLength(3)
    expect(await codeOf(id, { decision: 'approve', match_code: number })).toBe('CLYRA_APPROVAL_TOO_MANY')
    expect(await refusals(id)).toEqual(
      Array(numbersOfOnePerson + 4).fill({ code: 'CLYRA_APPROVAL_MATCH_CODE', door: 'cli', change_id: id, person: 'ben' }),
    )
    const cara = await gateway.token(['approver'], { actor: 'approver:cara', person: 'cara' })
    expect((await state(id, { decision: 'approve', match_code: number }, cara)).statusCode).toBe(200)
  })

  test('takes the right number again and again', async () => {
    const { id, number } = await waiting('again', 'enhanced')
    for (let times = 0; times < numbersOfOnePerson + 2; times += 1)
      expect((await state(id, { decision: 'approve', match_code: number })).statusCode).toBe(200)
  })
})
