// The calls of the control API that a worker needs, typed from the schemas.
import { ClyraError, type ErrorCode, errorKinds } from '../../core/errors.ts'
import type { ChangeRequest, ChangeView, GrantView, Problem, ReceiptsView } from '../../core/generated/types.ts'
import type { Timed } from './failures.ts'

export interface Access {
  /** Address of Clyra's gateway, without a path. */
  gateway: string
  token: string
}

export type Api = ReturnType<typeof controlApi>

const pollSeconds = 50
const answerMs = 20_000

/** Every call rejects with the code of the gateway's problem, or with CLYRA_API_UNREACHABLE when no gateway answers in time. */
export function controlApi(access: Access) {
  const change = (id: string) => `/v1/changes/${encodeURIComponent(id)}`
  const get = <T>(path: string, signal?: AbortSignal, ms = answerMs) => call<T>(access, 'GET', path, { signal, ms })
  const post = <T>(path: string, body?: object, headers = {}) => call<T>(access, 'POST', path, { body, headers, ms: answerMs })
  return {
    submit: (request: ChangeRequest, siteKey: string) => post<ChangeView>('/v1/changes', request, { 'idempotency-key': siteKey }),
    /** The change that this very request asked for, asking for nothing. CLYRA_API_NOT_FOUND where it has not arrived, or not yet. */
    find: (request: ChangeRequest, siteKey: string) => post<ChangeView>('/v1/requests/find', request, { 'idempotency-key': siteKey }),
    change: (id: string) => get<ChangeView>(change(id)),
    /** Answers when the version has grown past `since`, or after the better part of a minute. */
    poll: (id: string, since: number, signal: AbortSignal) =>
      get<ChangeView>(`${change(id)}?wait=${pollSeconds}&since=${since}`, signal, pollSeconds * 1000 + answerMs),
    receipts: (id: string) => get<ReceiptsView>(`${change(id)}/receipts`),
    grant: (id: string, login: string) => post<GrantView>(`${change(id)}/grant`, { login }),
    complete: (id: string) => post<ChangeView>(`${change(id)}/complete`),
    cancel: (id: string, reason: string) => post<ChangeView>(`${change(id)}/cancel`, { reason }),
  }
}

interface Sent {
  body?: object | undefined
  headers?: Record<string, string>
  signal?: AbortSignal | undefined
  ms: number
}

async function call<T>({ gateway, token }: Access, method: string, path: string, { body, headers, signal, ms }: Sent): Promise<T> {
  const limit = AbortSignal.timeout(ms)
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  let response: Response
  let text: string
  try {
    response = await fetch(new URL(path, gateway), {
      method,
      headers: { ...headers, ...type, authorization: `Bearer ${token}` },
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      redirect: 'error',
    })
    text = await response.text()
  } catch (cause) {
    throw new ClyraError('CLYRA_API_UNREACHABLE', 'expected the gateway to answer, found nobody', { cause })
  }
  const answer = parsed(text)
  if (response.ok && answer !== null) return answer as T
  throw problemOf(response, (answer ?? {}) as Partial<Problem>)
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? value : null
  } catch {
    return null
  }
}

// What a proxy says in the gateway's place is no word of Clyra: it is asked again.
function problemOf({ status, headers }: Response, { code, detail }: Partial<Problem>): Timed {
  const known = typeof code === 'string' && code in errorKinds
  const error: Timed = known
    ? new ClyraError(code as ErrorCode, detail ?? `HTTP ${status}`)
    : new ClyraError('CLYRA_API_UNREACHABLE', `expected an answer of Clyra’s gateway, found HTTP ${status} without a code of Clyra`)
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return seconds > 0 ? Object.assign(error, { retryAfterMs: seconds * 1000 }) : error
}
