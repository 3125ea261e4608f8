// A sign-on that a browser does for the terminal: the gateway makes the page, and the browser ends here, at an address of this machine
// (RFC 8252 §7.3), with a code that only this process can redeem.
import { createHash, randomBytes } from 'node:crypto'
import { ClyraError } from '../core/errors.ts'
import type { SignOn } from '../core/sign-on.ts'
import { awaitBrowser } from './loopback.ts'

/** What somebody's sign-on said. `token` is a bearer token of his. */
export interface SignedOn {
  person: string
  subject_id: string
  sign_on: SignOn
  token: string
}

/** Where the browser ends, and the hash of what redeems its code. */
export interface Caller {
  address: string
  challenge: string
}

/** How a sign-on begins and ends at the gateway (cli/client.ts). */
export interface Errand<T> {
  begin(caller: Caller): Promise<{ url: string }>
  claim(code: string, verifier: string): Promise<T>
}

const patienceSeconds = 10 * 60

/**
 * Waits until somebody has signed on at the page that `show` is given. CLYRA_CLI_NO_SIGN_ON when nobody does within ten minutes,
 * CLYRA_CLI_BAD_ANSWER when the gateway names no page of the web, and what it answers.
 */
export async function signOnByBrowser<T>({ begin, claim }: Errand<T>, show: (url: string) => void): Promise<T> {
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const loopback = await awaitBrowser(patienceSeconds)
  try {
    const { url } = await begin({ address: loopback.address, challenge })
    show(pageOf(url))
    return await claim(await loopback.code, verifier)
  } finally {
    loopback.close()
  }
}

function pageOf(url: string): string {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return new URL(url).href
  throw new ClyraError('CLYRA_CLI_BAD_ANSWER', 'expected the address of a page from the gateway, found something else')
}
