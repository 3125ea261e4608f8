// From `clyra slack link` to the first click that counts: Slack's client, a real provider, a real browser in between.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { createClient } from '../../cli/client.ts'
import { subjectId } from '../../evidence/id-token.ts'
import { askForApproval, startTestGateway, type TestGateway } from '../../gateway/control/testing/gateway.ts'
import { redirectUri } from '../../gateway/door/sign-on.ts'
import { oidcProvider } from '../../plugins/oidc/index.ts'
import { slackPeople } from '../../plugins/slack/people.ts'
import { freePort } from '../../runtime/parts/port.ts'
import { describeInBrowser, openPerson, type Person, startBrowser } from '../support/browser.ts'
import { until } from '../support/kill.ts'
import { newChange } from '../support/ledger-bodies.ts'
import { startIdp, type TestIdp } from '../support/oidc.ts'
import { startSlack, type TestSlack } from '../support/slack.ts'
import { payloadOf, sendClick, signedClick } from '../support/slack-clicks.ts'

let gateway: TestGateway
let slack: TestSlack
let idp: TestIdp
let browser: Browser
let ben: Person
let origin: string

describeInBrowser('a Slack user', () => {
  beforeAll(async () => {
    const port = await freePort()
    origin = `http://localhost:${port}`
    const door = { origin, rp_id: 'localhost' }
    slack = await startSlack()
    idp = await startIdp(redirectUri(door))
    const { channel, signingSecret } = slack
    gateway = await startTestGateway({
      door,
      signOn: oidcProvider(idp.client),
      provider: { iss: idp.issuer, client_id: 'clyra', tenant_claim: null, acr_values: [], max_age_seconds: 300 },
      slack: { signingSecret, channel, people: slackPeople(slack) },
    })
    await gateway.app.listen({ port, host: 'localhost' })
    const person = 'ben@shop.example'
    const account = { person, subject_id: subjectId(idp.issuer, 'okta|ben'), iss: idp.issuer, sub: 'okta|ben' }
    await gateway.ledger.identities.link('default', account, { actor: 'root', person: null })
    browser = await startBrowser()
    ben = await openPerson(browser, { width: 390, height: 844 })
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await gateway?.stop()
    await idp?.stop()
    await slack?.stop()
  }, 60_000)

  const address = () =>
    /http:\/\/localhost:\d+\/approve\/slack#[\w.-]+/.exec(slack.calls.map(({ body }) => body).join('\n'))?.[0] ?? 'nothing was sent'

  test('opens the address of the direct message, signs on, and counts from then on', async () => {
    const admin = createClient({ base: origin, token: await gateway.token(['admin']) })
    await admin.askSlackUser(slack.users.ben)
    await ben.page.goto(address())
    expect(await ben.page.textContent('#user')).toBe(slack.users.ben)
    await ben.page.getByRole('button', { name: 'Sign on and link' }).focus()
    await ben.page.keyboard.press('Enter')
    await ben.page.getByRole('heading', { name: 'Your Slack user is linked' }).waitFor()
    expect(await ben.page.textContent('main')).toContain('ben@shop.example')
    expect(await admin.slackLinks()).toMatchObject([{ user_id: slack.users.ben, person: 'ben@shop.example', unlinked_at: null }])
    expect(ben.requests.filter((url) => url.includes('#')).every((url) => url.startsWith(`${origin}/approve/slack#`))).toBe(true)
    expect(ben.complaints).toEqual([])

    const { row } = await gateway.ledger.changes.register({ ...newChange(`chg_${'s'.repeat(26)}`, 'default'), target: 'shop' })
    await askForApproval(gateway.ledger, 'default', row.change_id)
    gateway.workflows.receipt = { status: 'counted', code: null, decision_id: null, approvals: 0, quorum: 1 }
    const payload = payloadOf(slack, slack.users.ben, `${row.change_id}/1`)
    expect((await sendClick(origin, signedClick(slack.signingSecret, payload))).status).toBe(200)
    await until(() => gateway.workflows.decided.length > 0)
    expect(gateway.workflows.decided[0]?.delivered_by.person).toBe('ben@shop.example')
  }, 60_000)

  test('is told on the page when the address is none, or has done its work for another', async () => {
    await ben.page.goto('about:blank')
    await ben.page.goto(`${origin}/approve/slack`)
    expect(await ben.page.textContent('#said')).toContain('names no Slack user')
    const used = address()
    await createClient({ base: origin, token: await gateway.token(['admin']) }).unlinkSlackUser(slack.team, slack.users.ben, 'left')
    await ben.page.goto('about:blank')
    await ben.page.goto(used)
    await ben.page.getByRole('button', { name: 'Sign on and link' }).click()
    await ben.page.getByText('CLYRA_DOOR_REFUSED').waitFor()
  }, 60_000)
})
