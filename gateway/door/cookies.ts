// Cookies of the door. A __Host- cookie cannot be planted by a neighbouring host; a browser takes it with Secure and the path / alone.
import type { GatewayDeps } from '../control/deps.ts'

type Door = GatewayDeps['door']

const isSecure = ({ origin }: Door): boolean => origin.startsWith('https:')
const nameOf = (door: Door, name: string): string => (isSecure(door) ? `__Host-${name}` : name)

/** A cookie that no script reads. `Lax` where it must come along when another site sends the browser back. */
export function cookieWith(door: Door, name: string, value: string, seconds: number, sameSite: 'Strict' | 'Lax'): string {
  const path = isSecure(door) ? '/' : '/approve'
  return `${nameOf(door, name)}=${value}; Path=${path}; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${isSecure(door) ? '; Secure' : ''}`
}

/** The value of a cookie in a request's header; empty where there is none. */
export const cookieOf = (door: Door, header: string | undefined, name: string): string =>
  (header ?? '')
    .split('; ')
    .find((pair) => pair.startsWith(`${nameOf(door, name)}=`))
    ?.slice(nameOf(door, name).length + 1) ?? ''
