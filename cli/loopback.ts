// Where a browser of this machine ends after a sign-on (RFC 8252 §7.3): one address, one request, then nobody listens any more.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ClyraError } from '../core/errors.ts'

export interface Loopback {
  address: string
  /** What the browser brought. CLYRA_CLI_NO_SIGN_ON when none came in time. */
  code: Promise<string>
  close(): void
}

const path = '/signed-on'
const headers = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  connection: 'close',
}

/** Listens on 127.0.0.1 for at most `seconds`. A code is worth nothing without the secret that the sign-on began with. */
export async function awaitBrowser(seconds: number): Promise<Loopback> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = () => {
    clearTimeout(timer)
    server.close()
    server.closeAllConnections()
  }
  const timer = setTimeout(close, seconds * 1000)
  return { address: `http://127.0.0.1:${port}${path}`, code: codeFrom(server, `127.0.0.1:${port}`), close }
}

function codeFrom(server: Server, host: string): Promise<string> {
  const code = new Promise<string>((resolve, reject) => {
    server.on('request', (request, response) => {
      const found = codeOf(request, host)
      if (found === null) return void response.writeHead(404, headers).end('Nothing is here.\n')
      response.writeHead(200, headers).end('You signed on. Go back to the terminal; this page can be closed.\n')
      server.close()
      resolve(found)
    })
    server.on('close', () => reject(new ClyraError('CLYRA_CLI_NO_SIGN_ON', 'expected a browser to come back from the sign-on, found none')))
  })
  // Whoever closes before anybody waits has no use for it.
  code.catch(() => undefined)
  return code
}

// By another name than the address itself, a page of somebody else's site asks.
function codeOf({ method, url = '', headers }: IncomingMessage, host: string): string | null {
  if (method !== 'GET' || headers.host !== host || !url.startsWith(`${path}?`)) return null
  const codes = new URLSearchParams(url.slice(path.length + 1)).getAll('code')
  return codes.length === 1 && /^[A-Za-z0-9_.-]{1,4000}$/.test(codes[0] ?? '') ? (codes[0] ?? null) : null
}
