// A real browser with a virtual authenticator, as one approver has it.
import { existsSync } from 'node:fs'
import { describe } from '@jest/globals'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'
const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** A group of tests that need a browser; skipped, and named, where there is no Chromium. */
export function describeInBrowser(name: string, body: () => void): void {
  if (existsSync(executablePath)) describe(name, body)
  else describe.skip(`${name} (no Chromium at ${executablePath}: apt-get install -y chromium)`, body)
}

/** Chromium without a window. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-gpu', ...quiet] })

/** Somebody at his own browser, with his own authenticator. */
export interface Person {
  page: Page
  context: BrowserContext
  /** Addresses of all requests the pages made, and what the browser complained of. */
  requests: string[]
  complaints: string[]
  /** False: the authenticator cannot tell who touches it. */
  verified(value: boolean): Promise<void>
  close(): Promise<void>
}

export async function openPerson(browser: Browser, viewport = { width: 1280, height: 900 }): Promise<Person> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  const cdp: CDPSession = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  const requests: string[] = []
  const complaints: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  return {
    page,
    context,
    requests,
    complaints,
    async verified(isUserVerified) {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified })
    },
    close: () => context.close(),
  }
}
