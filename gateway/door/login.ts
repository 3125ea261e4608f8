// The page that lets a person in, with what this installation offers.
import type { GatewayDeps } from '../control/deps.ts'
import { loginPage, type Page } from './pages.ts'
import { newLogin } from './session.ts'

/** `to` is where the person goes on. */
export const loginOf = async (deps: GatewayDeps, to: string): Promise<Page> =>
  loginPage(deps.door.rp_id, await newLogin(deps), deps.provider === null ? null : new URL(deps.provider.iss).host, to)
