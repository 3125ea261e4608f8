// Company sign-on on real parts: an invitation that links an account, a session by it, a terminal, in a real browser against a real provider.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { signOnByBrowser } from '../../cli/browser-sign-on.ts'
import { createClient } from '../../cli/client.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { describeInBrowser, openPerson, type Person, startBrowser } from '../support/browser.ts'
import { startIdp, type TestIdp } from '../support/oidc.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'

let browser: Browser
let stack: TestStack
let idp: TestIdp
let ben: Person
let origin: string

beforeAll(async () => {
  browser = await startBrowser()
  const port = await freePort()
  origin = `http://localhost:${port}`
  idp = await startIdp(`${origin}/approve/callback`)
  idp.account = { sub: 'okta|ben-of-the-shop', amr: ['pwd', 'otp'] }
  stack = await startTestStack({ sso: { client: idp.client, port } })
  stack.forbid({ reasons: [idp.client.client_secret ?? '', 'okta|ben-of-the-shop'] })
  ben = await openPerson(browser)
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await stack?.stop()
  await idp?.stop()
}, 60_000)

const said = async (...words: string[]): Promise<string> => {
  const before = stack.said.length
  expect(await stack.story.clyra(...words)).toBe(0)
  return stack.said.slice(before).join('\n')
}
const waits = () => ben.page.getByRole('heading', { name: 'What waits for you' }).waitFor()

describeInBrowser('an approver with an account of the company', () => {
  test('is invited, enrols a passkey and links the account by the same page, and is let in by it', async () => {
    const url = /http:\S+/.exec(await said('approver', 'invite', '--person', 'ben@shop.example'))?.[0] as string
    await ben.page.goto(url)
    await ben.page.getByRole('button', { name: 'Create a passkey' }).click()
    await ben.page.getByText('The passkey of ben@shop.example is enrolled.').waitFor()
    expect(await ben.page.getByRole('button', { name: 'Create a passkey' }).isVisible()).toBe(false)
    await ben.page.getByRole('button', { name: 'Link your account' }).click()
    await waits()
    expect(await ben.page.getByText('You are signed in as').textContent()).toContain('ben@shop.example')
    expect(await said('approver', 'list')).toMatch(/ben@shop\.example\s+passkey[\s\S]*ben@shop\.example\s+account of localhost/)
    const { subjects } = JSON.parse(readFileSync(join(stack.home, '.clyra/trust/approvers.json'), 'utf8'))
    expect(subjects).toEqual([expect.objectContaining({ person: 'ben@shop.example' })])
  })

  test('signs out, and in again where he stood', async () => {
    await ben.page.getByRole('button', { name: 'Sign out' }).click()
    await ben.page.getByRole('link', { name: `Sign in with ${new URL(idp.issuer).host}` }).click()
    await waits()
    // Who is signed out gets the login page, with its status.
    expect(ben.complaints.filter((text) => !text.includes('401'))).toEqual([])
  })

  test('is known to a terminal by the same sign-on, and only to that one', async () => {
    const client = createClient({ base: stack.run.gateway, token: null })
    const shown: string[] = []
    const signedOn = signOnByBrowser(client.session, (url) => {
      shown.push(url)
      void ben.page
        .goto(url)
        .then(() => ben.page.getByRole('link', { name: 'Go on to sign on' }).click())
        .then(() => ben.page.getByText('Go back to the terminal').waitFor())
    })
    const { person, sign_on, token } = await signedOn
    expect([person, sign_on.amr]).toEqual(['ben@shop.example', ['pwd', 'otp']])
    expect(shown).toEqual([expect.stringContaining(`${origin}/approve/terminal?begin=`)])
    const asBen = createClient({ base: stack.run.gateway, token })
    expect((await asBen.accounts()).map((account) => account.person)).toEqual(['ben@shop.example'])
  })

  test('whose account is revoked is out at once', async () => {
    const id = /account of \S+\s+([0-9a-f]{64})/.exec(await said('approver', 'list'))?.[1] as string
    await said('approver', 'revoke', id, '--reason', 'left')
    await ben.page.goto(`${origin}/approve`)
    await ben.page.getByRole('link', { name: 'Sign in with' }).click()
    await ben.page.getByText('CLYRA_DOOR_REFUSED').waitFor()
    expect(readFileSync(join(stack.home, '.clyra/logs/gateway.log'), 'utf8')).toContain('CLYRA_SSO_UNLINKED')
  })

  test('the doctor says what the provider sends', async () => {
    expect(await said('sso', 'doctor')).toMatch(/grade\s+ok\s+standard, and enhanced with a passkey/)
  })
})
