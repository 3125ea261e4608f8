// A thin client of the control API: one function a call, types from the schemas, problems turned into errors.
import { ClyraError, type ErrorCode, errorKinds } from '../core/errors.ts'
import type {
  AccountView,
  ApprovalView,
  ApproverView,
  ChangeRequest,
  ChangeView,
  DecisionRequestEnvelope,
  DecisionResult,
  DisclosureView,
  FreezeRequest,
  FreezeView,
  GrantView,
  InviteView,
  Problem,
  RedeemRequest,
  RedeemView,
  SignOnRequest,
  SignOnView,
  SlackAskedView,
  SlackLinkView,
  StatementRequest,
  StatementView,
  TargetView,
} from '../core/generated/types.ts'
import type { Caller, SignedOn } from './browser-sign-on.ts'

export interface Connection {
  /** Address of the gateway, without a path. */
  base: string
  token: string | null
}

export type Client = ReturnType<typeof createClient>

/**
 * Every call rejects with the code of the gateway's problem, with CLYRA_API_UNREACHABLE when nobody answers,
 * and with CLYRA_CLI_BAD_ANSWER when what answers is not a Clyra gateway.
 */
export function createClient(connection: Connection) {
  const get = <T>(path: string) => callJson<T>(connection, 'GET', path)
  const post = <T>(path: string, body: object, headers?: Record<string, string>) => callJson<T>(connection, 'POST', path, body, headers)
  const change = (id: string) => `/v1/changes/${encodeURIComponent(id)}`
  const approval = (id: string) => `/v1/approvals/${encodeURIComponent(id)}`
  return {
    submit: (request: ChangeRequest, siteKey: string) => post<ChangeView>('/v1/changes', request, { 'idempotency-key': siteKey }),
    change: (id: string) => get<ChangeView>(change(id)),
    /** Answers when the version has grown past `since`, or after `seconds`. */
    changeSince: (id: string, since: number, seconds: number) => get<ChangeView>(`${change(id)}?wait=${seconds}&since=${since}`),
    changes: (query: { after?: number; limit?: number; state?: string }) => allChanges(get, query),
    grant: (id: string, login: string) => post<GrantView>(`${change(id)}/grant`, { login }),
    complete: (id: string) => callJson<ChangeView>(connection, 'POST', `${change(id)}/complete`),
    cancel: (id: string, reason: string) => post<ChangeView>(`${change(id)}/cancel`, { reason }),
    resolve: (id: string) => callJson<ChangeView>(connection, 'POST', `${change(id)}/resolve`),
    disclose: (id: string) => get<DisclosureView>(`${change(id)}/id-tokens`),
    approval: (id: string) => get<ApprovalView>(approval(id)),
    state: (id: string, request: StatementRequest) => post<StatementView>(`${approval(id)}/statements`, request),
    /** The same over a statement. */
    signOn: (id: string, statement: string) => ({
      begin: ({ address, challenge }: Caller) =>
        post<SignOnView>(`${approval(id)}/sign-ons`, {
          statement,
          redirect_uri: address,
          code_challenge: challenge,
        } satisfies SignOnRequest),
      claim: (code: string, verifier: string) =>
        post<RedeemView>(`${approval(id)}/sign-ons/redeem`, { code, code_verifier: verifier } satisfies RedeemRequest),
    }),
    decide: (id: string, envelope: DecisionRequestEnvelope) => post<DecisionResult>(`${approval(id)}/decisions`, { envelope }),
    evidence: (id: string) => callBytes(connection, `${change(id)}/evidence`),
    approvers: async () => (await get<{ approvers: ApproverView[] }>('/v1/approvers')).approvers,
    enroll: (person: string, spki: string) => post<ApproverView>('/v1/approvers', { person, spki }),
    invite: (person: string) => post<InviteView>('/v1/invites', { person }),
    revoke: (keyId: string, reason: string) =>
      callJson<ApproverView>(connection, 'DELETE', `/v1/approvers/${encodeURIComponent(keyId)}?${new URLSearchParams({ reason })}`),
    slackLinks: async () => (await get<{ links: SlackLinkView[] }>('/v1/slack/links')).links,
    askSlackUser: (userId: string) => post<SlackAskedView>('/v1/slack/links', { user_id: userId }),
    unlinkSlackUser: (teamId: string, userId: string, reason: string) =>
      callJson<SlackLinkView>(
        connection,
        'DELETE',
        `/v1/slack/links/${encodeURIComponent(teamId)}/${encodeURIComponent(userId)}?${new URLSearchParams({ reason })}`,
      ),
    accounts: async () => (await get<{ accounts: AccountView[] }>('/v1/accounts')).accounts,
    unlink: (subjectId: string, reason: string) =>
      callJson<AccountView>(connection, 'DELETE', `/v1/accounts/${encodeURIComponent(subjectId)}?${new URLSearchParams({ reason })}`),
    /** Who signs on in a browser, and what his sign-on says. */
    session: {
      begin: (caller: Caller) => post<{ url: string }>('/approve/terminal/session', caller),
      claim: (code: string, verifier: string) => post<SignedOn>('/approve/terminal/claim', { code, verifier }),
    },
    targets: async () => (await get<{ targets: TargetView[] }>('/v1/targets')).targets,
    target: (name: string) => get<TargetView>(`/v1/targets/${encodeURIComponent(name)}`),
    gate: (name: string, policyId: string, reason: string) =>
      post<TargetView>(`/v1/targets/${encodeURIComponent(name)}/gate`, { policy_id: policyId, reason }),
    freezes: async () => (await get<{ freezes: FreezeView[] }>('/v1/freeze')).freezes,
    /** Answers with every freeze that stands then. */
    freeze: async (request: FreezeRequest) => (await post<{ freezes: FreezeView[] }>('/v1/freeze', request)).freezes,
    ready: () => get<unknown>('/readyz'),
  }
}

const pageSize = 100

/** Every page of the list, up to `limit` changes. */
async function allChanges(
  get: <T>(path: string) => Promise<T>,
  { after = 0, limit = Number.POSITIVE_INFINITY, state }: { after?: number; limit?: number; state?: string },
): Promise<ChangeView[]> {
  const found: ChangeView[] = []
  for (let next: number | null = after; next !== null && found.length < limit; ) {
    const query = {
      after: String(next),
      limit: String(Math.min(pageSize, limit - found.length)),
      ...(state === undefined ? {} : { state }),
    }
    const page: { changes: ChangeView[]; after: number | null } = await get(`/v1/changes?${new URLSearchParams(query)}`)
    found.push(...page.changes)
    next = page.after
  }
  return found
}

async function callJson<T>(to: Connection, method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<T> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } }
  const response = await call(to, path, { method, headers, ...sent })
  return parsed<T>(await response.text(), to.base)
}

async function callBytes(to: Connection, path: string): Promise<Uint8Array> {
  const response = await call(to, path, { method: 'GET', headers: {} })
  return new Uint8Array(await response.arrayBuffer())
}

async function call(
  { base, token }: Connection,
  path: string,
  init: { method: string; headers: Record<string, string> },
): Promise<Response> {
  const headers = token === null ? init.headers : { ...init.headers, authorization: `Bearer ${token}` }
  let response: Response
  try {
    response = await fetch(new URL(path, base), { ...init, headers })
  } catch (cause) {
    throw new ClyraError('CLYRA_API_UNREACHABLE', `expected the gateway at ${base} to answer, found nobody`, { cause })
  }
  if (!response.ok) throw problemOf(response.status, await response.text(), base)
  return response
}

function parsed<T>(text: string, base: string): T {
  try {
    return JSON.parse(text) as T
  } catch (cause) {
    throw new ClyraError('CLYRA_CLI_BAD_ANSWER', `expected JSON from ${base}, found something else`, { cause })
  }
}

function problemOf(status: number, text: string, base: string): ClyraError {
  const problem = parsed<Partial<Problem>>(text, base)
  if (typeof problem.code !== 'string' || !(problem.code in errorKinds))
    return new ClyraError('CLYRA_CLI_BAD_ANSWER', `expected a problem with a Clyra code from ${base}, found HTTP ${status} without one`)
  return new ClyraError(problem.code as ErrorCode, problem.detail ?? problem.title ?? `HTTP ${status}`, { faults: problem.errors ?? [] })
}
