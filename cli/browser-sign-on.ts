// A sign-on that a browser does for the terminal: the gateway makes the page, and the browser ends here, at an address of this machine
// (RFC 8252 §7.3), with a code that only this process can redeem.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ClyraError } from '../core/errors.ts'
import type { DsseEnvelope } from '../core/generated/types.ts'
import type { SignOn } from '../core/sign-on.ts'
import type { Client } from './client.ts'

/** What a sign-on brought. `token` is a bearer token of the person, for purpose session alone. */
export interface SignedOn {
  purpose: 'session' | 'decision'
  person: string
  subject_id: string
  sign_on: SignOn
  signature: Required<Pick<DsseEnvelope['signatures'][number], 'sig' | 'id_token'>>
  token: string | null
}

const withinMs = 10 * 60 * 1000

/**
 * Waits until somebody has signed on at the page that `show` is given. `decision`: what is signed, by the hash of its message.
 * CLYRA_SSO_STATE when nobody does within ten minutes, and what the gateway answers.
 */
export async function signOnByBrowser(
  client: Pick<Client, 'beginSignOn' | 'claimSignOn'>,
  decision: { change_id: string; nonce: string } | null,
  show: (url: string) => void,
): Promise<SignedOn> {
  const verifier = randomBytes(32).toString('base64url')
  const server = createServer()
  try {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = `http://127.0.0.1:${(server.address() as { port: number }).port}/signed-on`
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const arrival = codeAt(server)
    // Whoever asks the gateway in vain waits for nobody.
    arrival.catch(() => undefined)
    const { url } = await client.beginSignOn({ address, challenge }, decision)
    show(url)
    return await client.claimSignOn(await arrival, verifier)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

function codeAt(server: Server): Promise<string> {
  return new Promise((arrived, fail) => {
    const timer = setTimeout(
      () => fail(new ClyraError('CLYRA_SSO_STATE', 'expected somebody to sign on within ten minutes, found nobody')),
      withinMs,
    )
    server.once('close', () => clearTimeout(timer))
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://127.0.0.1')
      const code = searchParams.get('code')
      const right = request.method === 'GET' && pathname === '/signed-on' && code !== null
      response.writeHead(right ? 200 : 404, {
        'content-type': 'text/plain; charset=utf-8',
        'cache-control': 'no-store',
        connection: 'close',
      })
      response.end(right ? 'Signed on. Go back to the terminal; this page can be closed.\n' : 'Nothing here.\n', () => {
        if (right) arrived(code)
      })
    })
  })
}
