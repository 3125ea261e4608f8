// Providers with the claims of Okta and of Microsoft Entra, as the emulator has them. Neither sends acr or amr; Entra's has no auth_time.
import { createEmulator } from 'emulate'
import type { OidcOptions } from '../../plugins/oidc/discovery.ts'
import { freePort } from '../../runtime/parts/port.ts'

export interface EmulatedIdp {
  client: OidcOptions
  /** Signs on as the one person there is; answers where the browser is sent. */
  walk(url: string): Promise<URL>
  stop(): Promise<void>
}

const client_secret = 'canary-secret-of-the-client-88'

export async function startEmulatedIdp(service: 'okta' | 'microsoft', redirectUri: string): Promise<EmulatedIdp> {
  const oauth_clients = [{ client_id: 'clyra', client_secret, name: 'Clyra', redirect_uris: [redirectUri], auth_server_id: 'default' }]
  const seed = {
    okta: {
      users: [{ login: 'ben@shop.example', email: 'ben@shop.example', first_name: 'Ben', last_name: 'Shop' }],
      authorization_servers: [{ id: 'default', name: 'default', audiences: ['api://default'] }],
      oauth_clients,
    },
    microsoft: { users: [{ email: 'ben@shop.example', name: 'Ben Shop' }], oauth_clients },
  }
  const emulator = await createEmulator({ service, port: await freePort(), seed: { [service]: seed[service] } })
  const place = service === 'okta' ? `${emulator.url}/oauth2/default` : emulator.url
  const { issuer } = (await (await fetch(`${place}/.well-known/openid-configuration`)).json()) as { issuer: string }
  return {
    client: { issuer, client_id: 'clyra', client_secret },
    async walk(url) {
      const page = await (await fetch(url)).text()
      const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1] ?? ''
      const body = new URLSearchParams()
      for (const [, name = '', value = ''] of page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
        if (!body.has(name)) body.append(name, value.replaceAll('&amp;', '&'))
      const answer = await fetch(new URL(action, url), { method: 'POST', body, redirect: 'manual' })
      const location = answer.headers.get('location')
      if (location === null) throw new Error(`expected to be sent on, found ${answer.status}`)
      return new URL(location)
    },
    stop: () => emulator.close(),
  }
}
