// A browser from a terminal's page over the provider to the terminal's own address.
import type { TestIdp } from './oidc.ts'

/** Goes where a person would whose terminal opened `page`; answers the terminal's own address, which the caller may ask or not. */
export async function browse(idp: TestIdp, page: string): Promise<URL> {
  const shown = await (await fetch(page)).text()
  const go = new URL(/href="(\/approve\/terminal\/go[^"]+)"/.exec(shown)?.[1] as string, page)
  const left = await fetch(go, { redirect: 'manual' })
  const cookie = left.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const callback = await idp.walk(left.headers.get('location') as string)
  const back = await fetch(callback, { redirect: 'manual', headers: { cookie } })
  return new URL(back.headers.get('location') as string)
}
