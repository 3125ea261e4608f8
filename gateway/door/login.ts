// The page that lets a person in, with what this installation offers.
import type { GatewayDeps } from '../control/deps.ts'
import { loginPage, type Page } from './pages.ts'
import { newLogin } from './session.ts'

/** The host of the company's sign-on, or null where none is configured. */
export const issuerOf = ({ provider }: Pick<GatewayDeps, 'provider'>): string | null =>
  provider === null ? null : new URL(provider.iss).host

/** `to` is where the person goes on. */
export const loginOf = async (deps: GatewayDeps, to: string): Promise<Page> =>
  loginPage(deps.door.rp_id, await newLogin(deps), issuerOf(deps), to)
