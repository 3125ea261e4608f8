// Deciding with the company's sign-on: a real provider, a real browser, the real workflow; alone, beside a passkey, and from a terminal.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import type { ChangeView } from '../../core/generated/types.ts'
import { allOf, changeStream, lastOf, tenantStream } from '../../core/receipts.ts'
import { subjectId } from '../../evidence/id-token.ts'
import type { Ledger } from '../../ledger/types.ts'
import { loadConfig } from '../../runtime/config.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { ledgerOf } from '../../temporal.config.ts'
import { browse } from '../support/browse.ts'
import { describeInBrowser, openPerson, type Person, startBrowser } from '../support/browser.ts'
import { until } from '../support/kill.ts'
import { startIdp, type TestIdp } from '../support/oidc.ts'
import { checkout, startTestStack, type TestStack } from '../support/stack.ts'

const who = (name: string) => ({ person: `${name}@shop.example`, account: { sub: `okta|${name}` } })
const [ben, cara, eve] = [who('ben'), who('cara'), who('eve')]

let stack: TestStack
let idp: TestIdp
let ledger: Ledger
let browser: Browser | undefined
let origin: string
let rows = 1000
const people: Person[] = []

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  idp = await startIdp(`${origin}/approve/callback`)
  stack = await startTestStack({ sso: { client: idp.client, port } })
  ledger = await ledgerOf(loadConfig(stack.home))
  for (const { person, account } of [ben, cara, eve]) {
    const { sub } = account
    const subject = { person, subject_id: subjectId(idp.issuer, sub), iss: idp.issuer, sub }
    await ledger.identities.link('default', subject, { actor: 'root', person: null })
  }
}, 120_000)
beforeEach(async () => {
  Object.assign(idp, { account: eve.account, bend: null, away: false })
  for (const { person } of [ben, cara, eve]) await ledger.signOns.settle('default', person)
})
afterAll(async () => {
  await browser?.close()
  await ledger?.close()
  await stack?.stop()
  await idp?.stop()
}, 60_000)

const waiting = (target = 'shop', statement?: string): Promise<ChangeView> => {
  rows += 1
  const statements = [statement ?? `DELETE FROM shop.orders WHERE status = 'cancelled' AND order_id > ${rows}`]
  return stack.story.ask({ kind: 'sql', target, statements, reason: 'retention', source: 'e2e-sign-on' }, 'verdict')
}
const said = ({ page }: Person) => page.locator('#said').textContent()
const receiptsOf = (change: ChangeView) => ledger.log.read(changeStream(change.change_id))
const decisionsOf = async (change: ChangeView) => allOf(await receiptsOf(change), 'decision').map(({ body }) => body)
const refusals = async (change: ChangeView) =>
  (await ledger.log.read(tenantStream('default')))
    .filter(({ receipt: { kind, body } }) => kind === 'door_refusal' && body.change_id === change.change_id)
    .map(({ receipt: { body } }) => body)
const endOf = (change: ChangeView) => stack.story.follow(change, 'end')

/** What both verifiers say of the evidence, Go's where it was built; `disclosed`: with the ID tokens behind it. */
async function verdictsOf(change: ChangeView, disclosed: boolean): Promise<string> {
  const folder = join(stack.home, `disclosed-${change.change_id}`)
  mkdirSync(folder, { recursive: true })
  for (const [digest, token] of await ledger.identities.tokensOf('default', change.change_id))
    writeFileSync(join(folder, digest.replace(':', '-')), token)
  const file = join(stack.home, '.clyra/evidence', (await endOf(change)).evidence as string)
  const words = [file, '--trust', join(stack.home, '.clyra/trust'), '--json', ...(disclosed ? ['--disclosed', folder] : [])]
  const programs = [[process.execPath, join(checkout, 'verifier/ts/main.ts')], [join(checkout, 'verifier/go/bin/clyra-verify')]]
  const verdicts = programs
    .filter(([program = '']) => existsSync(program))
    .map(([program = '', ...first]) => JSON.parse(spawnSync(program, [...first, ...words], { encoding: 'utf8' }).stdout).verdict)
  return [...new Set(verdicts)].join(' or ')
}

/** Somebody whose session was opened by his account. */
async function signedOn({ account }: { account: { sub: string } }, viewport?: { width: number; height: number }): Promise<Person> {
  browser ??= await startBrowser()
  const person = await openPerson(browser, viewport)
  people.push(person)
  idp.account = account
  await person.page.goto(`${origin}/approve`)
  await person.page.getByRole('link', { name: 'Sign in with' }).click()
  await person.page.getByRole('heading', { name: 'What waits for you' }).waitFor()
  return person
}

/** The same with a passkey of his. */
async function withPasskey(one: typeof ben): Promise<Person> {
  const person = await signedOn(one)
  const from = stack.said.length
  expect(await stack.story.clyra('approver', 'invite', '--person', one.person)).toBe(0)
  const invitation = /http:\S+/.exec(stack.said.slice(from).join('\n'))?.[0] as string
  await person.page.goto(invitation)
  await person.page.getByRole('button', { name: 'Create a passkey' }).click()
  await person.page.getByRole('link', { name: 'Sign in and see' }).click()
  return person
}

const open = ({ page }: Person, { change_id }: ChangeView) => page.goto(`${origin}/approve/${change_id}`)
const press = ({ page }: Person, name: string) => page.getByRole('button', { name, exact: true }).click()
const settled = ({ page }: Person) => page.locator('#said.done, #said.failed').waitFor()
const numberOf = async ({ change_id }: ChangeView) => (await stack.story.ana.change(change_id)).match_code as string

describeInBrowser('somebody with an account alone', () => {
  let her: Person
  beforeAll(async () => {
    her = await signedOn(eve)
  }, 60_000)

  test('approves by signing on for this very change; both verifiers find the evidence valid once its token is disclosed', async () => {
    const change = await waiting()
    await her.page.getByRole('link', { name: 'Clyra' }).click()
    await her.page.getByRole('link', { name: 'retention' }).click()
    expect(await her.page.locator('main').textContent()).toContain(`you sign on with ${new URL(idp.issuer).host} for this very decision`)
    await her.page.getByLabel('Reason').fill('looked at it')
    await press(her, 'Approve')
    await her.page.getByText('It ended enforced.').waitFor()
    expect(await her.page.evaluate('document.activeElement.id')).toBe('said')
    const [decision, ...more] = await decisionsOf(change)
    expect(more).toEqual([])
    expect(decision).toMatchObject({ person: eve.person, key_id: null, grade: 'standard', status: 'counted' })
    expect(idp.asked.at(-1)?.get('prompt')).toBe('login')
    expect(lastOf(await receiptsOf(change), 'approval_certificate')?.body).toMatchObject({ grade: 'standard' })
    expect(await verdictsOf(change, true)).toBe('valid')
    expect(await verdictsOf(change, false)).toBe('cannot_judge')
  }, 60_000)

  test('rejects by it, too', async () => {
    const change = await waiting()
    await open(her, change)
    await press(her, 'Reject')
    await her.page.getByText('It ended rejected.').waitFor()
  }, 60_000)

  test('cannot approve what policy wants two proofs of, and is told why; she can reject it', async () => {
    const change = await waiting('shop_strict')
    await open(her, change)
    expect(await her.page.locator('main').textContent()).toContain('you have enrolled no passkey at this address')
    expect(await her.page.getByRole('button', { name: 'Approve' }).count()).toBe(0)
    await press(her, 'Reject')
    await her.page.getByText('It ended rejected.').waitFor()
  }, 60_000)

  test('a double click is one sign-on and one decision', async () => {
    const change = await waiting()
    await open(her, change)
    const asked = idp.asked.length
    await her.page.getByRole('button', { name: 'Approve' }).dblclick()
    await her.page.getByText('It ended enforced.').waitFor()
    expect(idp.asked.length - asked).toBe(1)
    expect(await decisionsOf(change)).toHaveLength(1)
  }, 60_000)

  test.each([
    ['another person', cara.account],
    ['nobody known', { sub: 'okta|mallory' }],
  ])(
    'a sign-on as %s at the provider is refused, recorded, and decides nothing',
    async (_name, account) => {
      const change = await waiting()
      await open(her, change)
      idp.account = account
      await press(her, 'Approve')
      await her.page.getByText('CLYRA_DOOR_REFUSED').waitFor()
      expect(await refusals(change)).toEqual([
        { code: 'CLYRA_SSO_UNLINKED', door: 'page', change_id: change.change_id, person: eve.person },
      ])
      expect(await decisionsOf(change)).toEqual([])
      await open(her, change)
      await settled(her)
      expect(await said(her)).toContain('You came back without signing on.')
      expect(await stack.story.ana.change(change.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
    },
    60_000,
  )

  test('who turns back at the provider finds what he wrote, and nothing decided', async () => {
    const change = await waiting()
    await open(her, change)
    await her.page.getByLabel('Reason').fill('half a thought')
    await her.page.route(`${idp.issuer}/**`, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Your provider</h1>' }))
    await press(her, 'Approve')
    await her.page.getByRole('heading', { name: 'Your provider' }).waitFor()
    await her.page.goBack()
    await settled(her)
    await her.page.unroute(`${idp.issuer}/**`)
    expect(await said(her)).toMatch(/without signing on.*Nothing was decided/)
    expect(await her.page.getByLabel('Reason').inputValue()).toBe('half a thought')
    expect(await her.page.getByRole('button', { name: 'Approve' }).isEnabled()).toBe(true)
    expect(await decisionsOf(change)).toEqual([])
  }, 60_000)

  test('while the provider does not answer the gate stays shut, and expires sealed', async () => {
    const change = await waiting('shop_hasty')
    await open(her, change)
    idp.away = true
    await press(her, 'Approve')
    await her.page.getByText('CLYRA_SSO_UNREACHABLE').waitFor()
    expect(await endOf(change)).toMatchObject({ outcome: 'expired', evidence: expect.any(String) })
    expect(await decisionsOf(change)).toEqual([])
  }, 60_000)

  test('while the page cannot reach its gateway nothing is decided, and the change expires sealed', async () => {
    const change = await waiting('shop_hasty')
    await open(her, change)
    await her.context.setOffline(true)
    await press(her, 'Approve')
    await settled(her)
    await her.context.setOffline(false)
    expect(await said(her)).toContain('The gateway did not answer.')
    expect(await endOf(change)).toMatchObject({ outcome: 'expired', evidence: expect.any(String) })
  }, 60_000)
})

describeInBrowser('a gate of grade enhanced', () => {
  let his: Person
  beforeAll(async () => {
    his = await withPasskey(ben)
  }, 60_000)
  beforeEach(() => {
    idp.account = ben.account
  })

  const finishing = async (change: ChangeView): Promise<void> => {
    await open(his, change)
    await his.page.getByLabel('The requester’s number').fill(await numberOf(change))
    await press(his, 'Approve')
    await his.page.getByRole('button', { name: 'Sign with your passkey' }).waitFor()
  }

  test('takes number, sign-on and passkey over one statement; both verifiers find the evidence valid', async () => {
    const change = await waiting('shop_strict')
    const number = await numberOf(change)
    expect(number).toMatch(/^[0-9]{6}$/)
    await open(his, change)
    expect(await his.page.content()).not.toContain(number)
    const field = his.page.getByLabel('The requester’s number')
    expect(await field.getAttribute('inputmode')).toBe('numeric')
    for (const [wrong, words] of [
      ['12', 'has six digits'],
      [String((Number(number) + 1) % 1_000_000).padStart(6, '0'), 'expected the requester'],
    ] as const) {
      await field.fill(wrong)
      await press(his, 'Approve')
      await his.page.locator('#said.failed').filter({ hasText: words }).waitFor()
      expect([await field.getAttribute('aria-invalid'), await his.page.evaluate('document.activeElement.id')]).toEqual(['true', 'number'])
    }
    expect(await refusals(change)).toEqual([
      { code: 'CLYRA_APPROVAL_MATCH_CODE', door: 'page', change_id: change.change_id, person: ben.person },
    ])
    await field.fill(number)
    await press(his, 'Approve')
    const sign = his.page.getByRole('button', { name: 'Sign with your passkey' })
    await sign.waitFor()
    const shots = process.env.DOOR_SCREENSHOTS
    if (shots !== undefined) await his.page.screenshot({ path: join(shots, 'finish.png'), fullPage: true })
    expect(await his.page.evaluate('document.activeElement.id')).toBe('sign')
    expect(await his.page.evaluate('location.search')).toBe('')
    expect(await decisionsOf(change)).toEqual([])
    await his.page.keyboard.press('Enter')
    await his.page.getByText('It ended enforced.').waitFor()
    const [decision] = await decisionsOf(change)
    expect(decision).toMatchObject({ person: ben.person, grade: 'enhanced', key_id: expect.any(String), subject_id: expect.any(String) })
    const certificate = lastOf(await receiptsOf(change), 'approval_certificate')?.body
    expect(certificate).toMatchObject({ grade: 'enhanced', decisions: [{ person: ben.person, grade: 'enhanced' }] })
    for (const disclosed of [true, false]) expect(await verdictsOf(change, disclosed)).toBe('valid')
  }, 90_000)

  test('who leaves the page after signing on and comes back goes on from there, or gives it up', async () => {
    const change = await waiting('shop_strict')
    await finishing(change)
    await his.page.goto(`${origin}/approve`)
    await open(his, change)
    await press(his, 'Give up')
    await his.page.locator('#decide').waitFor()
    expect(await decisionsOf(change)).toEqual([])
    await finishing(change)
    await his.page.reload()
    await press(his, 'Sign with your passkey')
    await his.page.getByText('It ended enforced.').waitFor()
  }, 90_000)

  test('an authenticator that did not verify its user signs nothing, and can be asked again', async () => {
    const change = await waiting('shop_strict')
    await finishing(change)
    await his.verified(false)
    await press(his, 'Sign with your passkey')
    await settled(his)
    await his.verified(true)
    expect(await said(his)).toContain('could not verify you')
    await press(his, 'Sign with your passkey')
    await his.page.getByText('It ended enforced.').waitFor()
  }, 90_000)

  test('a statement swapped while he was away: for another word the page stops, for a twin the workflow does', async () => {
    const change = await waiting('shop_strict')
    await finishing(change)
    const key = `clyra.decision.${change.change_id}`
    const twin = { decision: 'approve', reason: '', match_code: await numberOf(change) }
    const swapFor = (asked: object) => his.page.evaluate(swapStatement, [`/approve/${change.change_id}/statement`, key, asked] as const)
    await swapFor(twin)
    await his.page.reload()
    await press(his, 'Sign with your passkey')
    await settled(his)
    expect(await said(his)).toContain('CLYRA_SSO_NONCE')
    expect(await decisionsOf(change)).toMatchObject([{ status: 'refused', code: 'CLYRA_SSO_NONCE' }])
    await finishing(change)
    await swapFor({ decision: 'reject', reason: '' })
    await his.page.reload()
    await settled(his)
    expect(await said(his)).toMatch(/CLYRA_APPROVAL_DISPLAY_MISMATCH.*another decision/)
    expect(await stack.story.ana.change(change.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
  }, 90_000)

  test('a passkey or a sign-on alone is refused by the workflow, whatever a page would send', async () => {
    const change = await waiting('shop_strict')
    await finishing(change)
    const kept = JSON.parse((await his.page.evaluate((key) => sessionStorage.getItem(key), `clyra.decision.${change.change_id}`)) ?? '')
    const body = { statement: kept.statement, sign_on: kept.sign_on }
    const answer = await his.page.evaluate(postIn, [`/approve/${change.change_id}/decision`, body] as const)
    expect(answer).toMatchObject({ status: 'refused', code: 'CLYRA_APPROVAL_GRADE' })
  }, 90_000)

  test('an approval of grade standard may be proved by either; a sign-on is one of them', async () => {
    const change = await waiting()
    await open(his, change)
    expect(await his.page.getByLabel('your passkey').isChecked()).toBe(true)
    await his.page.getByLabel('a sign-on with').check()
    await press(his, 'Approve')
    await his.page.getByText('It ended enforced.').waitFor()
    expect(await decisionsOf(change)).toMatchObject([{ key_id: null, grade: 'standard', status: 'counted' }])
  }, 60_000)
})

describeInBrowser('a gate of two', () => {
  test('is not filled by one person with a passkey and then an account', async () => {
    const his = await withPasskey(cara)
    const change = await waiting('shop_pair')
    await open(his, change)
    // Open before he decides: afterwards the page no longer offers it.
    const other = await his.context.newPage()
    await other.goto(his.page.url())
    await other.getByLabel('a sign-on with').check()
    await press(his, 'Approve')
    await his.page.getByText('1 of 2').first().waitFor()
    await other.getByRole('button', { name: 'Approve', exact: true }).click()
    await other.getByText('CLYRA_APPROVAL_DUPLICATE').waitFor()
    expect(await decisionsOf(change)).toMatchObject([
      { person: cara.person, status: 'counted', subject_id: null },
      { person: cara.person, status: 'refused', code: 'CLYRA_APPROVAL_DUPLICATE', key_id: null },
    ])
    expect(await stack.story.ana.change(change.change_id)).toMatchObject({ state: 'AWAITING_APPROVAL' })
  }, 60_000)
})

describeInBrowser('what is shown', () => {
  let her: Person
  beforeAll(async () => {
    her = await signedOn(eve)
  }, 60_000)
  const shown = async (statement: string): Promise<string> => {
    await open(her, await waiting('shop', statement))
    return (await her.page.locator('#display').textContent()) ?? ''
  }

  test('bidi and right-to-left overrides are written out, and turn nothing around', async () => {
    const text = await shown(`DELETE FROM shop.orders WHERE status <> '\u202e\u2066 evas \u2069' AND order_id > 1600`)
    expect(text).toContain(`'⟨U+202E⟩⟨U+2066⟩ evas ⟨U+2069⟩' AND order_id > 1600`)
    expect(/[\u202a-\u202e\u2066-\u2069]/u.test(await her.page.content())).toBe(false)
  }, 60_000)

  test('a flood of line breaks hides nothing: each line is numbered, and the buttons stand behind the last', async () => {
    const text = await shown(`DELETE FROM shop.orders WHERE order_id > 1700${'\n'.repeat(400)} OR order_id > 1650`)
    expect(text).toMatch(/\n 401\| {2}OR order_id > 1650\n/)
    const [end, button] = await Promise.all(
      ['#display span:last-child', '#decide button'].map((place) => her.page.locator(place).first().boundingBox()),
    )
    expect(button?.y).toBeGreaterThan((end?.y ?? Number.NaN) + (end?.height ?? Number.NaN))
    expect(
      await her.page.evaluate('document.querySelector("#display").scrollHeight - document.querySelector("#display").clientHeight'),
    ).toBe(0)
  }, 60_000)

  test('a letter that looks like a Latin one is named', async () => {
    const text = await shown(`DELETE FROM shop.orders WHERE status <> 'p\u0430yp\u0430l' AND order_id > 1800`)
    expect(text).toContain('p\u0430yp\u0430l')
    expect(await her.page.locator('#strange').textContent()).toContain('\u0430 U+0430')
  }, 60_000)

  test('asks nobody but gateway and provider, fits a phone and a desk', async () => {
    const shots = process.env.DOOR_SCREENSHOTS
    const strict = await waiting('shop_strict')
    for (const [name, viewport] of Object.entries({ phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } })) {
      for (const [who, person] of Object.entries({ account: her, both: people[1] as Person })) {
        await person.page.setViewportSize(viewport)
        for (const [grade, change] of Object.entries({ strict, plain: await waiting() })) {
          await open(person, change)
          await person.page.locator('#decide').waitFor()
          expect(await person.page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(viewport.width)
          if (shots !== undefined) await person.page.screenshot({ path: join(shots, `${who}-${grade}-${name}.png`), fullPage: true })
        }
      }
    }
    const asked = people.flatMap(({ requests }) => requests).map((url) => new URL(url).origin)
    expect([...new Set(asked)].sort()).toEqual([idp.issuer, origin].sort())
    const complaints = people.flatMap(({ complaints }) => complaints)
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([])
  }, 120_000)
})

// A terminal has no browser here: the test goes where one would.
test('a terminal: shows what will run, has the sign-on sign it, and sends it; nothing listens afterwards', async () => {
  const change = await waiting()
  const from = stack.said.length
  const lines = () => stack.said.slice(from).join('\n')
  const address = async (words: RegExp): Promise<URL> => {
    await until(() => words.test(lines()))
    return browse(idp, words.exec(lines())?.[1] as string)
  }
  const ended = stack.story.clyra('approve', change.change_id, '--sso', '--yes')
  expect((await fetch(await address(/sign on, to say who you are, at (\S+)/))).status).toBe(200)
  const back = await address(/sign the decision as eve@shop\.example at (\S+)/)
  expect(lines()).toContain(`order_id > ${rows}`)
  expect(back.hostname).toBe('127.0.0.1')
  expect((await fetch(new URL('/other', back))).status).toBe(404)
  expect((await fetch(back)).status).toBe(200)
  expect(await ended).toBe(0)
  await expect(fetch(back)).rejects.toThrow('fetch failed')
  expect(await endOf(change)).toMatchObject({ outcome: 'enforced', approvers: [eve.person] })
  expect(await verdictsOf(change, true)).toBe('valid')
}, 60_000)

// These run in the page.
async function swapStatement([path, key, asked]: readonly [string, string, object]): Promise<void> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(asked) })
  const { statement } = (await response.json()) as { statement: string }
  sessionStorage.setItem(key, JSON.stringify({ ...JSON.parse(sessionStorage.getItem(key) ?? ''), statement }))
}

async function postIn([path, body]: readonly [string, object]): Promise<unknown> {
  const response = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  return response.json()
}
