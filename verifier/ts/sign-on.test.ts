import { describe, expect, test } from '@jest/globals'
import { type Body, build, digest, type Story, type Tweaks } from './testing/bundle.ts'
import { failures, judge, now, trust } from './testing/judge.ts'
import { keys, subjectId } from './testing/keys.ts'
import { approvedBySignOn, enhanced } from './testing/stories.ts'
import { signedOnAt, type TokenBend } from './testing/tokens.ts'
import type { Trust } from './trust.ts'
import { verify } from './verify.ts'

const decision =
  (fields: Body): NonNullable<Tweaks['receipt']> =>
  (receipt) => {
    if (receipt.kind === 'decision') Object.assign(receipt.body as Body, fields)
  }
const judged = ({ story, token }: { story: Story; token: string }, tweaks: Tweaks = {}) => failures(judge(build(story, tweaks), [token]))
const claim = (name: string, { claims }: ReturnType<typeof judge>) => claims.find((one) => one.claim === name)
const at = Date.parse('2026-03-01T10:03:00.000Z') / 1000

describe('an approval by sign-on alone', () => {
  test('is valid with its token, and cannot be judged without', () => {
    const { story, token } = approvedBySignOn()
    const given = judge(build(story), ['another.token.here', token])
    expect([given.verdict, failures(given)]).toEqual(['valid', []])
    expect(claim('sign_on', given)).toMatchObject({ status: 'PASS', detail: null })
    const kept = judge(build(story), ['another.token.here'])
    expect([kept.verdict, failures(kept)]).toEqual(['cannot_judge', []])
    expect(claim('sign_on', kept)).toMatchObject({ status: 'NOT_CHECKED', detail: 'not disclosed' })
    expect(claim('approvals', kept)).toMatchObject({ status: 'NOT_CHECKED', detail: 'rests on an ID token' })
  })

  test('is open where its token is wrong, and invalid', () => {
    const { story, token } = approvedBySignOn({ claims: { nonce: 'x' } })
    const report = judge(build(story), [token])
    expect([report.verdict, failures(report)]).toEqual(['invalid', ['sign_on SIGN_ON_CLAIMS seq 3']])
    expect(claim('approvals', report)?.status).toBe('NOT_CHECKED')
  })

  test('is invalid where something else is, token or not', () => {
    const report = judge(build(approvedBySignOn({ said: { person: 'ben@example.com' } }).story))
    expect([report.verdict, failures(report)]).toEqual(['invalid', ['approvals APPROVAL_SUBJECT seq 3']])
  })
})

describe('an enhanced approval', () => {
  test('is valid by its passkey, and more so with its token', () => {
    const { story, token } = enhanced()
    expect(judge(build(story)).verdict).toBe('valid')
    expect(claim('approvals', judge(build(story)))?.status).toBe('PASS')
    expect(claim('sign_on', judge(build(story)))?.detail).toBe('not disclosed')
    expect(claim('sign_on', judge(build(story), [token]))?.status).toBe('PASS')
  })

  test('has an acr of the provider, where the provider has any', () => {
    const made = enhanced({ claims: { acr: 'weak' } })
    const said = { sign_on: { ...(made.story.drafts[3]?.body(() => '').sign_on as Body), acr: 'weak' } }
    expect(judged(made, { receipt: decision(said) })).toEqual(['sign_on SIGN_ON_CLAIMS seq 3'])
    const any: Trust = { ...trust, providers: trust.providers.map((one) => ({ ...one, acr_values: [] })) }
    const zip = build(made.story, { receipt: decision(said) })
    expect(failures(verify(zip, any, now, new Map([[digest(made.token), made.token]])))).toEqual([])
  })
})

describe('a linked account', () => {
  test.each<[string, TokenBend['said']]>([
    ['of nobody', { subject_id: subjectId('nobody') }],
    ['of another person', { subject_id: subjectId('pia-1') }],
    ['that was unlinked', { person: 'carl@example.com', subject_id: subjectId('carl-1') }],
    ['without a token', { sign_on: null }],
    ['not named beside a token', { subject_id: null }],
    ['not named, without a token or a key', { subject_id: null, sign_on: null }],
  ])('%s does not approve', (_, said) => {
    expect(judged(approvedBySignOn({ said: said ?? {} }))[0]).toBe('approvals APPROVAL_SUBJECT seq 3')
  })

  test('counts until it is unlinked, and from when it was linked', () => {
    const { story, token } = approvedBySignOn()
    const codes = (fields: Body) => {
      const given = { ...trust, subjects: trust.subjects.map((one) => ({ ...one, ...fields })) } as Trust
      return failures(verify(build(story), given, now, new Map([[digest(token), token]])))
    }
    const refused = ['approvals APPROVAL_SUBJECT seq 3']
    const [decided, after] = ['2026-03-01T10:03:00.000Z', '2026-03-01T10:03:00.001Z']
    expect([codes({ unlinked_at: decided }), codes({ unlinked_at: after })]).toEqual([refused, []])
    expect([codes({ linked_at: after }), codes({ linked_at: '2026-02-28T10:03:00.000Z' })]).toEqual([refused, []])
    expect(codes({ linked_at: '2026-02-28T10:03:00.001Z' })).toEqual(['approvals APPROVAL_GRADE seq 3'])
  })
})

describe('the signatures of an envelope', () => {
  const [token, own] = ['id_token', 'webauthn']
  test.each<[string, (signatures: Body[]) => Body[]]>([
    ['in the wrong order', (both) => both.toReversed()],
    ['without that of the token', (both) => both.slice(0, 1)],
    ['without the own one', (both) => both.slice(1)],
    ['with the own one twice', ([first]) => [first as Body, first as Body]],
    ['with an assertion beside the token', ([first, second]) => [first as Body, { ...second, [own]: first?.[own] }]],
    ['with a token beside the own one', ([first, second]) => [{ ...first, [token]: second?.[token] }, second as Body]],
    ['of another token', ([first, second]) => [first as Body, withToken(second, { digest: digest('x') })]],
    ['of another provider', ([first, second]) => [first as Body, withToken(second, { iss: 'https://idp.test/other' })]],
    ['of a token that is no base64', ([first, second]) => [first as Body, { ...second, sig: 'AB' }]],
  ])('%s prove nothing', (_, signatures) => {
    expect(judged(enhanced({ signatures }))).toContain('approvals APPROVAL_SIGNATURE seq 3')
  })

  test('as the receipt does not have them leave no provider', () => {
    expect(judged(enhanced({ signatures: (both) => both.slice(0, 1) }))[1]).toBe('sign_on SIGN_ON_PROVIDER seq 3')
  })

  function withToken(signature: Body | undefined, fields: Body): Body {
    return { ...signature, id_token: { ...(signature?.id_token as Body), ...fields } }
  }
})

describe('an ID token', () => {
  test('may be signed with ES256', () => {
    expect(judged(approvedBySignOn({ alg: 'ES256' }))).toEqual([])
  })

  test.each<[string, TokenBend]>([
    ['with a key nobody knows', { signatures: ([one]) => [{ ...one, id_token: { ...(one?.id_token as Body), kid: 'rsa-2' } }] }],
    ['with a key of another algorithm', { signatures: ([one]) => [{ ...one, id_token: { ...(one?.id_token as Body), alg: 'ES256' } }] }],
  ])('%s has no provider', (_, bend) => {
    expect(judged(approvedBySignOn(bend))).toEqual(['sign_on SIGN_ON_PROVIDER seq 3'])
  })

  const resigned = (bend: (token: string) => string): TokenBend => ({ token: bend })
  test.each<[string, TokenBend]>([
    ['of another key', { key: keys.stranger, alg: 'ES256' }],
    ['of algorithm none', { header: { alg: 'none' } }],
    ['of HS256 where RS256 is meant', { header: { alg: 'HS256' } }],
    ['that names another key', { header: { kid: 'ec-1' } }],
    ['with crit', { header: { crit: ['exp'] } }],
    ['with b64', { header: { b64: true } }],
    ['of two parts', resigned((token) => token.slice(token.indexOf('.') + 1))],
    ['of four parts', resigned((token) => `${token}.`)],
    ['with padding', resigned((token) => token.replace('.', '=.'))],
    ['without a signature', resigned((token) => token.slice(0, token.lastIndexOf('.') + 1))],
    ['whose header is a list', resigned((token) => `${Buffer.from('[]').toString('base64url')}${token.slice(token.indexOf('.'))}`)],
    ['whose signature is not the one of the envelope', { signatures: ([one]) => [{ ...one, sig: 'AAAA' }] }],
    ['that was altered', resigned((token) => token.replace(/\.(.)/, (_, first) => (first === 'e' ? '.f' : '.e')))],
  ])('%s is not signed', (_, bend) => {
    expect(judged(approvedBySignOn(bend))).toEqual(['sign_on SIGN_ON_SIGNATURE seq 3'])
  })

  test.each<[string, Body]>([
    ['another issuer', { iss: 'https://idp.test/other' }],
    ['another audience', { aud: 'other' }],
    ['two audiences', { aud: ['clyra', 'other'] }],
    ['no audience', { aud: [] }],
    ['another authorised party', { azp: 'other' }],
    ['another nonce', { nonce: 'x' }],
    ['another account', { sub: 'ben-1' }],
    ['no account', { sub: 7 }],
    ['another tenant', { tid: 'other' }],
    ['no tenant', { tid: undefined }],
    ['another sign-on time', { auth_time: at - 59 }],
    ['a sign-on time in words', { auth_time: `${at - 60}` }],
    ['no sign-on time', { auth_time: undefined }],
    ['no expiry', { exp: undefined }],
    ['an expiry 61 seconds before', { exp: at - 61 }],
    ['half seconds', { exp: at + 0.5 }],
    ['another acr', { acr: 'phrh' }],
    ['no acr', { acr: undefined }],
    ['more amr', { amr: ['pwd', 'hwk', 'mfa'] }],
    ['other amr', { amr: ['pwd', 'otp'] }],
    ['amr in words', { amr: 'pwd' }],
    ['no amr', { amr: undefined }],
  ])('with %s does not say it', (_, claims) => {
    expect(judged(approvedBySignOn({ claims }))).toEqual(['sign_on SIGN_ON_CLAIMS seq 3'])
  })

  test.each<[string, TokenBend]>([
    ['an audience in a list', { claims: { aud: ['clyra'] } }],
    ['an authorised party', { claims: { azp: 'clyra' } }],
    ['null for what is absent', { claims: { azp: null } }],
    ['an expiry 60 seconds before', { claims: { exp: at - 60 } }],
    ['the last of two nonces', { payload: (text) => text.replace('{', '{"nonce":"x",') }],
    ['escapes', { payload: (text) => text.replace('anna-1', '\\u0061nna-1') }],
  ])('may have %s', (_, bend) => {
    expect(judged(approvedBySignOn(bend))).toEqual([])
  })

  test.each<[string, (text: string) => string]>([
    ['no JSON', () => 'yes'],
    ['a list', () => '[]'],
    ['null', () => 'null'],
    ['two objects', (text) => text + text],
    ['the first of two nonces', (text) => text.replace(/\}$/, ',"nonce":"x"}')],
  ])('whose payload is %s says nothing', (_, payload) => {
    expect(judged(approvedBySignOn({ payload }))).toEqual(['sign_on SIGN_ON_CLAIMS seq 3'])
  })

  test.each<[number, boolean]>([
    [60, true],
    [61, false],
    [-360, true],
    [-361, false],
  ])('of a sign-on %i seconds from the decision', (offset, isRight) => {
    const time = new Date((at + offset) * 1000).toISOString()
    const made = approvedBySignOn({ claims: { auth_time: at + offset, exp: at + offset + 400 } })
    const sign_on = { ...(made.story.drafts[3]?.body(() => '').sign_on as Body), auth_time: time }
    expect(time).not.toBe(signedOnAt)
    expect(judged(made, { receipt: decision({ sign_on }) })).toEqual(isRight ? [] : ['sign_on SIGN_ON_CLAIMS seq 3'])
  })
})
