// The approver's door in a real browser: an invitation, a passkey, a decision, and everything that must not get through.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { createClient } from '../../cli/client.ts'
import { verifiers } from '../../cli/quickstart/check.ts'
import type { ChangeRequest, ChangeView } from '../../core/generated/types.ts'
import { describeInBrowser, openPerson, type Person, startBrowser } from '../support/browser.ts'
import { startTestStack, type TestStack } from '../support/stack.ts'

let stack: TestStack
let browser: Browser
let origin: string
let ben: Person
const people: Person[] = []
const reason = 'retention <b>of</b> cancelled orders'

const admin = () => createClient({ base: stack.run.gateway, token: readFileSync(stack.key('admin.token'), 'utf8').trim() })
const lastAnswer = ({ page }: Person) => page.locator('#said').textContent()
const approvals = ({ page }: Person) => page.locator('#approvals').textContent()
let orders = 1000
const waiting = (target = 'shop'): Promise<ChangeView> => {
  orders += 1
  const statements = [`DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${orders}`]
  const request: ChangeRequest = { kind: 'sql', target, statements, reason, source: 'e2e-door' }
  return stack.story.ask(request, 'verdict')
}

async function enrolled(name: string, viewport?: { width: number; height: number }): Promise<Person> {
  const person = await openPerson(browser, viewport)
  people.push(person)
  const said = stack.said.length
  expect(await stack.story.clyra('approver', 'invite', '--person', name)).toBe(0)
  const url = stack.said
    .slice(said)
    .join('\n')
    .match(/http:\S+/)?.[0] as string
  await person.page.goto(url)
  expect(await person.page.locator('#person').textContent()).toBe(name)
  await person.page.getByRole('button', { name: 'Create a passkey' }).click()
  await person.page.getByRole('link', { name: 'Sign in and see' }).click()
  await person.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await person.page.getByRole('heading', { name: 'What waits for you' }).waitFor()
  return person
}

async function decide(person: Person, change: ChangeView, button: 'Approve' | 'Reject', why = ''): Promise<void> {
  await person.page.goto(`${origin}/approve/${change.change_id}`)
  await person.page.getByLabel('Reason').fill(why)
  await person.page.getByRole('button', { name: button }).click()
  await person.page.locator('#said.done, #said.failed').waitFor()
}

beforeAll(async () => {
  browser = await startBrowser()
  stack = await startTestStack()
  stack.forbid({ reasons: [reason] })
  origin = `http://localhost:${new URL(stack.run.gateway).port}`
  ben = await enrolled('ben@shop.example')
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await stack?.stop()
}, 60_000)

describeInBrowser('an approver at the door', () => {
  test('sees exactly what will run, approves it, and follows it to its end', async () => {
    const change = await waiting()
    await ben.page.goto(`${origin}/approve`)
    await ben.page.getByRole('link', { name: reason }).click()
    const view = await stack.story.ana.approval(change.change_id)
    expect(await ben.page.locator('#display').textContent()).toContain((view.payload as { statements: string[] }).statements[0])
    expect(await approvals(ben)).toBe('0 of 1 needed')
    await ben.page.getByRole('button', { name: 'Approve' }).click()
    await ben.page.getByText('It ended enforced.').waitFor()
    expect(await approvals(ben)).toBe('1 of 1 needed')
    await ben.page.getByText('The change is CLOSED.').waitFor()
    const end = await stack.story.ana.change(change.change_id)
    expect(end).toMatchObject({ outcome: 'enforced', approvers: ['ben@shop.example'] })
    const file = join(stack.home, '.clyra/evidence', end.evidence as string)
    for (const { name, verify } of verifiers()) expect([name, verify(file).verdict]).toEqual([name, 'valid'])
    await ben.page.reload()
    expect(await ben.page.locator('main').textContent()).toMatch(/This change has ended: enforced[\s\S]*CLOSED[\s\S]*ben@shop.example/)
    const [download] = await Promise.all([
      ben.page.waitForEvent('download'),
      ben.page.getByRole('link', { name: 'Download evidence' }).click(),
    ])
    expect(download.suggestedFilename()).toBe(end.evidence)
    expect(readFileSync(await download.path())).toEqual(readFileSync(file))
  }, 60_000)

  test('rejects with a reason', async () => {
    const change = await waiting()
    await decide(ben, change, 'Reject', 'not before the audit')
    await ben.page.getByText('It ended rejected.').waitFor()
    expect(await stack.story.ana.change(change.change_id)).toMatchObject({ outcome: 'rejected' })
  }, 60_000)

  test('decides with the keyboard alone', async () => {
    const change = await waiting()
    await ben.page.goto(`${origin}/approve/${change.change_id}`)
    await ben.page.locator('#decide').waitFor()
    await ben.page.getByRole('button', { name: 'Sign out' }).waitFor()
    const focused = () => ben.page.evaluate('document.activeElement.id || document.activeElement.textContent')
    const order: unknown[] = []
    for (let presses = 0; order.at(-1) !== 'reason' && presses < 10; presses += 1) {
      await ben.page.keyboard.press('Tab')
      order.push(await focused())
    }
    expect(order).toEqual(['Clyra', 'logout', 'display', 'reason'])
    await ben.page.keyboard.type('by keyboard')
    await ben.page.keyboard.press('Tab')
    expect(await focused()).toBe('Approve')
    await ben.page.keyboard.press('Enter')
    await ben.page.getByText('It ended enforced.').waitFor()
  }, 60_000)

  test('is one of two: a key file and a passkey make a quorum', async () => {
    const keys = ['--key-file', stack.key('cara.pem'), '--token-file', stack.key('cara.token')]
    expect(await stack.story.clyra('approver', 'enroll', '--person', 'cara@shop.example', ...keys)).toBe(0)
    const change = await waiting('shop_pair')
    await decide(ben, change, 'Approve')
    await ben.page.getByText('1 of 2 approvals').waitFor()
    expect(await approvals(ben)).toBe('1 of 2 needed')
    expect(await stack.story.clyra('approve', change.change_id, '--key-file', stack.key('cara.pem'), '--yes')).toBe(0)
    await ben.page.getByText('It ended enforced.').waitFor()
    expect(await approvals(ben)).toBe('2 of 2 needed')
    const { approvers } = await stack.story.ana.change(change.change_id)
    expect([...approvers].sort()).toEqual(['ben@shop.example', 'cara@shop.example'])
  }, 60_000)

  test('reads everything without JavaScript, and is told what deciding needs', async () => {
    const change = await waiting()
    const context = await browser.newContext({ javaScriptEnabled: false, storageState: await ben.context.storageState() })
    const page = await context.newPage()
    await page.goto(`${origin}/approve/${change.change_id}`)
    const text = await page.locator('main').textContent()
    expect(text).toContain(`order_id > ${orders}`)
    expect(text).toContain(reason)
    expect(text).toContain('Deciding needs JavaScript')
    expect(await page.getByRole('button').count()).toBe(0)
    await context.close()
  }, 60_000)
})

describeInBrowser('who signs out', () => {
  test('has no session left in this browser, does it by keyboard, and comes back with the passkey', async () => {
    const gil = await enrolled('gil@shop.example')
    const change = await waiting()
    for (const path of ['', `/${change.change_id}`, '/nothing']) {
      await gil.page.goto(`${origin}/approve${path}`)
      await gil.page.getByRole('button', { name: 'Sign out' }).focus()
      await gil.page.keyboard.press('Enter')
      await gil.page.getByRole('heading', { name: 'Sign in' }).waitFor()
      expect(await gil.context.cookies(`${origin}/approve`)).toEqual([])
      expect(await gil.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0)
      // On the same page again, be it from the history: nothing of it was kept.
      if (path === '') await gil.page.goto(`${origin}/approve`)
      else await gil.page.goBack()
      await gil.page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await gil.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
      await gil.page.getByRole('button', { name: 'Sign out' }).waitFor()
    }
  }, 60_000)
})

describeInBrowser('the door refuses', () => {
  test('who asked for the change', async () => {
    const ana = await enrolled('ana@shop.example')
    const change = await waiting()
    await ana.page.goto(`${origin}/approve`)
    expect(await ana.page.getByText(change.change_id).count()).toBe(0)
    await decide(ana, change, 'Approve')
    expect(await lastAnswer(ana)).toMatch(/CLYRA_APPROVAL_SELF[\s\S]*Let a person who did not ask/)
    expect(await stack.story.ana.change(change.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
  }, 60_000)

  test('a text that is not the one to be signed: the page itself does not sign', async () => {
    const change = await waiting()
    const address = `${origin}/approve/${change.change_id}`
    await ben.page.route(address, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replace(`order_id &#62; ${orders}`, 'order_id &#62; 9999') })
    })
    const before = ben.requests.length
    await decide(ben, change, 'Approve')
    await ben.page.unroute(address)
    expect(await ben.page.locator('#display').textContent()).toContain('order_id > 9999')
    expect(await lastAnswer(ben)).toMatch(/CLYRA_APPROVAL_DISPLAY_MISMATCH[\s\S]*Nothing was signed/)
    expect(ben.requests.slice(before).filter((url) => url.endsWith('/decision'))).toEqual([])
  }, 60_000)

  test('a statement about another decision: the page itself does not sign', async () => {
    const change = await waiting()
    const address = `${origin}/approve/${change.change_id}/statement`
    await ben.page.route(address, (route) => route.continue({ postData: JSON.stringify({ decision: 'approve', reason: '' }) }))
    await decide(ben, change, 'Reject')
    await ben.page.unroute(address)
    expect(await lastAnswer(ben)).toMatch(/CLYRA_APPROVAL_DISPLAY_MISMATCH.*another decision/)
  }, 60_000)

  test('an authenticator that did not verify its user', async () => {
    const change = await waiting()
    await ben.verified(false)
    await decide(ben, change, 'Approve')
    await ben.verified(true)
    expect(await lastAnswer(ben)).toContain('could not verify you')
    expect((await stack.story.ana.approval(change.change_id)).decisions).toEqual([])
  }, 60_000)

  test('a second use of a decision, of a login and of an invitation', async () => {
    const change = await waiting()
    const posted = ben.page.waitForRequest((request) => request.url().endsWith('/decision'))
    await decide(ben, change, 'Approve')
    await ben.page.getByText('The change is CLOSED.').waitFor()
    const again = await ben.page.evaluate(postIn, [`/approve/${change.change_id}/decision`, (await posted).postData()] as const)
    expect(again).toMatchObject({ status: 200, answer: { status: 'duplicate', approvals: 1 } })
    const dan = await openPerson(browser)
    people.push(dan)
    const { url } = await admin().invite('dan@shop.example')
    await dan.page.goto(url)
    await dan.page.getByRole('button').click()
    await dan.page.getByRole('link', { name: 'Sign in and see' }).click()
    const sent = dan.page.waitForRequest((request) => request.method() === 'POST' && request.url().endsWith('/login'))
    await dan.page.getByRole('button').click()
    const login = await sent
    await dan.page.getByRole('heading', { name: 'What waits for you' }).waitFor()
    expect(await dan.page.evaluate(postIn, ['/approve/login', login.postData()] as const)).toMatchObject({
      status: 401,
      answer: { code: 'CLYRA_DOOR_REFUSED' },
    })
    const other = await openPerson(browser)
    people.push(other)
    await other.page.goto(url)
    await other.page.getByRole('button').click()
    await other.page.locator('#said.failed').waitFor()
    expect(await lastAnswer(other)).toContain('CLYRA_DOOR_REFUSED')
  }, 60_000)

  test('a page of another site, and a body that a form could send', async () => {
    const { change_id } = await waiting()
    const [cookie] = await ben.context.cookies(`${origin}/approve`)
    expect(cookie).toMatchObject({ name: 'clyra_door', httpOnly: true, sameSite: 'Strict', path: '/approve' })
    stack.forbid({ secrets: [cookie?.value as string] })
    const send = async (headers: Record<string, string>) => {
      const response = await fetch(`${stack.run.gateway}/approve/${change_id}/statement`, {
        method: 'POST',
        headers: { cookie: `clyra_door=${cookie?.value}`, 'content-type': 'application/json', ...headers },
        body: '{"decision":"approve","reason":""}',
      })
      return [response.status, ((await response.json()) as { code?: string }).code]
    }
    expect(await send({ origin })).toEqual([200, undefined])
    expect(await send({ origin: 'http://evil.example' })).toEqual([403, 'CLYRA_DOOR_ORIGIN'])
    expect(await send({})).toEqual([403, 'CLYRA_DOOR_ORIGIN'])
    expect(await send({ origin, 'content-type': 'text/plain' })).toEqual([415, 'CLYRA_API_MEDIA_TYPE'])
    expect(await send({ origin, cookie: 'clyra_door=no.session' })).toEqual([401, 'CLYRA_DOOR_SIGNED_OUT'])
  }, 60_000)

  test('the session of a passkey that was revoked', async () => {
    const eve = await enrolled('eve@shop.example')
    const change = await waiting()
    await eve.page.goto(`${origin}/approve/${change.change_id}`)
    const key = (await admin().approvers()).find(({ person }) => person === 'eve@shop.example')
    await admin().revoke(key?.key_id as string, 'left the house')
    await eve.page.getByRole('button', { name: 'Approve' }).click()
    await eve.page.locator('#said.failed').waitFor()
    expect(await lastAnswer(eve)).toContain('CLYRA_DOOR_SIGNED_OUT')
    await eve.page.reload()
    await eve.page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await eve.page.locator('#said.failed').waitFor()
    expect(await lastAnswer(eve)).toContain('CLYRA_DOOR_REFUSED')
  }, 60_000)
})

describeInBrowser('its pages', () => {
  test('say in their headers what they may load and who may frame them; errors are pages with code and remedy', async () => {
    const response = await ben.page.goto(`${origin}/approve/nothing`)
    expect([response?.status(), await ben.page.locator('main').textContent()]).toEqual([
      404,
      expect.stringContaining('CLYRA_API_NOT_FOUND'),
    ])
    expect(response?.headers()).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
  })

  test('asked nobody but the gateway, and broke no rule of their own', () => {
    expect(people.flatMap(({ requests }) => requests).filter((url) => !url.startsWith(`${origin}/approve`))).toEqual([])
    const complaints = people.flatMap(({ complaints }) => complaints)
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
  })

  test('fit a phone and a desk', async () => {
    const change = await waiting()
    const refused: ChangeRequest = { kind: 'sql', target: 'shop', statements: ['DELETE FROM shop.orders'], reason, source: 'e2e-door' }
    const ended = await stack.story.ask(refused, 'end')
    const shots = process.env.DOOR_SCREENSHOTS
    for (const [name, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } })) {
      await ben.page.setViewportSize(viewport)
      for (const [page, path] of [
        ['list', ''],
        ['change', `/${change.change_id}`],
        ['ended', `/${ended.change_id}`],
        ['login', '/login'],
        ['enroll', '/enroll'],
      ] as const) {
        await ben.page.goto(`${origin}/approve${path}`)
        expect(await ben.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
        if (shots !== undefined) await ben.page.screenshot({ path: join(shots, `${page}-${name}.png`), fullPage: true })
      }
    }
  }, 60_000)
})

// Runs in the page.
async function postIn([path, body]: readonly [string, string | null]): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, answer: await response.json() }
}
