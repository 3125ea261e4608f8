// `clyra approve --sso` against a gateway that lies, and a browser that brings what it should not.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ApprovalView, RedeemRequest, SignOnRequest } from '../core/generated/types.ts'
import { decisionStatementBytes } from '../evidence/decision.ts'
import { awaitBrowser } from './loopback.ts'
import { approvalView } from './testing/approval.ts'
import { cli } from './testing/console.ts'
import { changeId, type FakeGateway, fakeGateway } from './testing/fake-gateway.ts'

const counted = { decision_id: null, status: 'counted', code: null, state: 'APPROVED', approvals: 1, quorum: 1 }
const signature = { sig: 'AAAA', id_token: { digest: `sha256:${'1'.repeat(64)}`, iss: 'https://idp.example', kid: 'k', alg: 'ES256' } }
const page = 'https://door.example/approve/terminal?begin=x.y'

let dir: string
let gateway: FakeGateway
let view: ApprovalView
let about: Partial<Parameters<typeof decisionStatementBytes>[0]>
let url: string

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'clyra-sso-'))
  writeFileSync(join(dir, 'ben.token'), 'token-of-ben\n')
  view = approvalView()
  about = {}
  url = page
  gateway = await fakeGateway({
    [`GET /v1/approvals/${changeId}`]: () => view,
    [`POST /v1/approvals/${changeId}/statements`]: ({ body }: { body: unknown }) => {
      const said = { ...(body as { decision: 'approve' | 'reject'; reason: string }), person: 'ben', signed_at: '2026-01-01T00:00:00.000Z' }
      const decision_id = '019aa7c2-0000-7000-8000-000000000000'
      const bytes = decisionStatementBytes({ change_id: changeId, binding: approvalView().binding, ...said, decision_id, ...about })
      return { statement: bytes.toString('base64'), commitment: 'c'.repeat(43) }
    },
    [`POST /v1/approvals/${changeId}/sign-ons`]: () => ({ url, expires_at: '2026-01-01T00:05:00.000Z' }),
    [`POST /v1/approvals/${changeId}/sign-ons/redeem`]: () => ({ signature }),
    [`POST /v1/approvals/${changeId}/decisions`]: () => counted,
  })
})
afterEach(async () => {
  await gateway.close()
  rmSync(dir, { recursive: true })
})

const bodies = <T>(end: string) =>
  gateway.asked.filter(({ method, path }) => method === 'POST' && path.endsWith(end)).map(({ body }) => body as T)
const decide = (word: string, browse?: (address: string) => void) =>
  cli(
    [word, changeId, '--gateway', gateway.url, '--sso', '--yes', '--token-file', join(dir, 'ben.token')],
    browse === undefined ? {} : { browse },
  )
const back = () => `${bodies<SignOnRequest>('/sign-ons')[0]?.redirect_uri}?code=the.code`

describe('clyra approve --sso', () => {
  test.each(['approve', 'reject'])(
    '%s: shows what will run, signs on over its statement, and only it can redeem the code',
    async (word) => {
      const opened: string[] = []
      const { code, out } = await decide(word, (address) => {
        opened.push(address)
        void fetch(back())
      })
      expect(code).toBe(0)
      expect(out).toContain("  1| DELETE FROM shop.orders WHERE state = 'void'")
      expect(out).toContain(`sign the decision as ben at ${page}`)
      expect(opened).toEqual([page])
      const [asked] = bodies<SignOnRequest>('/sign-ons')
      const [redeemed] = bodies<RedeemRequest>('/redeem')
      expect(redeemed?.code).toBe('the.code')
      expect(asked?.code_challenge).toBe(
        createHash('sha256')
          .update(redeemed?.code_verifier ?? '')
          .digest('base64url'),
      )
      const [sent] = bodies<{ envelope: object }>('/decisions')
      expect(sent?.envelope).toEqual({ payload: asked?.statement, payloadType: 'application/vnd.in-toto+json', signatures: [signature] })
      expect(JSON.parse(Buffer.from(asked?.statement ?? '', 'base64').toString()).predicate.decision).toBe(word)
    },
  )

  test('for grade enhanced it names the page, and nobody signs on; a rejection needs no more than it has', async () => {
    view.grade = 'enhanced'
    view.verdict.grade = 'enhanced'
    const { code, err } = await decide('approve')
    expect([code, err]).toEqual([3, expect.stringMatching(/CLYRA_APPROVAL_GRADE[\s\S]*page of the change/)])
    expect(bodies('')).toEqual([])
    expect((await decide('reject', () => void fetch(back()))).code).toBe(0)
  })

  test.each<[string, () => void]>([
    ['another decision', () => Object.assign(about, { decision: 'reject' })],
    ['another reason', () => Object.assign(about, { reason: 'as agreed' })],
    ['another payload', () => Object.assign(about, { binding: { ...view.binding, payload_digest: `sha256:${'9'.repeat(64)}` } })],
    ['another text', () => Object.assign(about, { binding: { ...view.binding, display_hash: `sha256:${'9'.repeat(64)}` } })],
    ['another gate', () => Object.assign(about, { binding: { ...view.binding, nonce: '9'.repeat(64) } })],
    ['another change', () => Object.assign(about, { change_id: `chg_${'b'.repeat(26)}` })],
    ['a number nobody typed', () => Object.assign(about, { match_code: '123456' })],
  ])('a statement about %s is caught, and nobody signs on', async (_name, lie) => {
    lie()
    const { code, err } = await decide('approve')
    expect([code, err]).toEqual([1, expect.stringContaining('CLYRA_APPROVAL_DISPLAY_MISMATCH')])
    expect(bodies('/sign-ons')).toEqual([])
  })

  test.each(['file:///etc/passwd', '--help', 'javascript:alert(1)'])('a gateway cannot have %s opened', async (address) => {
    url = address
    const opened: string[] = []
    const { err } = await decide('approve', (page) => void opened.push(page))
    expect([err, opened]).toEqual([expect.stringContaining('CLYRA_CLI_BAD_ANSWER'), []])
  })

  test('needs a key or a sign-on, and takes no two', async () => {
    expect((await cli(['approve', changeId])).code).toBe(2)
    expect((await cli(['approve', changeId, '--sso', '--key-file', 'x.pem'])).code).toBe(2)
  })
})

describe('the address a browser comes back to', () => {
  const statusOf = (address: string, headers: Record<string, string> = {}) =>
    new Promise<number>((resolve, reject) => {
      request(address, { headers }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
        .once('error', reject)
        .end()
    })

  test('takes one code, from a request that knows the address, and then nobody listens', async () => {
    const { address, code, close } = await awaitBrowser(60)
    expect(await statusOf(`${address}/x?code=a.b`)).toBe(404)
    expect(await statusOf(address)).toBe(404)
    expect(await statusOf(`${address}?code=a.b&code=c.d`)).toBe(404)
    expect(await statusOf(`${address}?code=%3Cscript%3E`)).toBe(404)
    expect(await statusOf(`${address}?code=a.b`, { host: 'evil.example' })).toBe(404)
    expect(await statusOf(`${address}?code=a.b`)).toBe(200)
    expect(await code).toBe('a.b')
    await expect(statusOf(`${address}?code=a.b`)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/)
    close()
  })

  test('is given up when nobody comes in time', async () => {
    const { code } = await awaitBrowser(0)
    await expect(code).rejects.toMatchObject({ code: 'CLYRA_CLI_NO_SIGN_ON' })
  })
})
