// Bundles that are sealed and logged as they should be, over ID tokens that, once seen, prove nothing.
import { broken, type Case } from './case.ts'
import { linked, provider, signedOnAt, type TokenBend, time } from './id-tokens.ts'
import type { Forgery } from './pack.ts'
import { enrolled } from './passkeys.ts'
import { approvedByKeyAndSignOn, approvedBySignOn, enhanced } from './sign-on.ts'

const wrong =
  (code: string) =>
  (name: string, bend: TokenBend, why: string, forgery: Forgery = {}): Case =>
    broken(`token_${name}`, () => approvedBySignOn(bend), 'sign_on', `SIGN_ON_${code}`, forgery, why)
const [provided, signed, said] = [wrong('PROVIDER'), wrong('SIGNATURE'), wrong('CLAIMS')]

/** One claim, and why it may not be so. */
const claims = (name: string, fields: Record<string, unknown>, why: string): Case => said(name, { claims: fields }, why)

const idp = (fields: Partial<typeof provider>): Forgery => ({ trust: (trust) => ({ ...trust, providers: [{ ...provider, ...fields }] }) })
const bare = (header: object): NonNullable<TokenBend['token']> => {
  const first = Buffer.from(JSON.stringify(header)).toString('base64url')
  return (token) => `${first}.${token.split('.')[1]}.`
}
const headed = (text: string): TokenBend => ({
  token: (token) => `${Buffer.from(text).toString('base64url')}${token.slice(token.indexOf('.'))}`,
})
/** The last character of a signature of 256 bytes has four bits that say nothing. */
const bitAfter = (token: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) + 1)
}
const zeroBetween = (token: string): string => {
  const [header, payload, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  return [header, payload, Buffer.concat([bytes.subarray(0, 32), Buffer.of(0), bytes.subarray(32)]).toString('base64url')].join('.')
}
/** Signed on at another time, and the receipt says so. */
const signedOnLater = (seconds: number): TokenBend => ({
  claims: { auth_time: signedOnAt + seconds, exp: signedOnAt + 900 },
  sign_on: { auth_time: time(signedOnAt + seconds) },
})

export const brokenTokens: readonly Case[] = [
  provided('of_no_provider', {}, 'No provider is trusted.', { trust: (trust) => ({ ...trust, providers: [] }) }),
  provided('of_an_unknown_key', { named: { kid: 'unknown' } }, 'The provider has no such key.'),
  provided('of_a_key_of_another_algorithm', { named: { alg: 'ES256' } }, 'The key is not for this algorithm.'),
  provided('of_another_issuers_key', {}, 'The provider of this key has another name.', idp({ iss: 'https://idp.example' })),
  signed('signed_by_another', { alg: 'ES256', signer: 'stranger' }, 'Another key signed the token.'),
  signed('alg_none', { token: bare({ alg: 'none', kid: 'rsa' }) }, 'The token is not signed, and says so.'),
  signed('alg_hs256', { header: { alg: 'HS256' } }, 'The token says HS256 where RS256 is meant.'),
  signed('alg_missing', { header: { alg: undefined } }, 'The token names no algorithm.'),
  signed('of_another_kid', { header: { kid: 'ec' } }, 'The token names another key than the envelope.'),
  signed('with_crit', { header: { crit: ['exp'] } }, 'The token demands what no verifier knows.'),
  signed('with_b64', { header: { b64: true } }, 'The token says how its payload is encoded.'),
  signed('of_two_parts', { token: (token) => token.slice(token.indexOf('.') + 1) }, 'The token has no header.'),
  signed('of_four_parts', { token: (token) => `${token}.` }, 'The token goes on after its signature.'),
  signed('padded', { token: (token) => token.replace('.', '=.') }, 'The token is padded.'),
  signed('header_no_object', headed('[]'), 'The header is a list.'),
  signed('header_no_json', headed('alg'), 'The header is no JSON.'),
  signed('altered', { token: (token) => token.replace(/\.(.)/, (_, one) => (one === 'e' ? '.f' : '.e')) }, 'The token was altered.'),
  signed(
    'signature_elsewhere',
    { signatures: (list) => list.map((one) => ({ ...one, sig: Buffer.alloc(256).toString('base64') })) },
    'The signature of the envelope is not that of the token.',
  ),
  signed('trailing_bits', { token: bitAfter }, 'The signature has bits after its end.'),
  signed('ecdsa_of_65_bytes', { alg: 'ES256', token: zeroBetween }, 'A zero stands between r and s.'),
  claims('another_issuer', { iss: 'https://idp.example' }, 'The token says another issuer.'),
  claims('another_audience', { aud: 'another' }, 'The token is for another client.'),
  claims('two_audiences', { aud: ['clyra', 'another'] }, 'The token is for another client as well.'),
  claims('another_party', { azp: 'another' }, 'The token was given to another client.'),
  claims('another_nonce', { nonce: 'A'.repeat(43) }, 'The token was made for something else.'),
  claims('no_nonce', { nonce: undefined }, 'The token was made for nothing.'),
  claims('another_subject', { sub: 'carol-1' }, 'The token is of another account.'),
  claims('no_subject', { sub: 7 }, 'The account is no text.'),
  claims('another_tenant', { tid: 'another' }, 'The account is of another company.'),
  claims('no_tenant', { tid: undefined }, 'The token names no company.'),
  claims('another_time', { auth_time: signedOnAt - 1 }, 'The person signed on before the receipt says.'),
  claims('time_no_integer', { auth_time: `${signedOnAt}` }, 'The time of the sign-on is a text.'),
  claims('no_expiry', { exp: undefined }, 'The token never expires.'),
  claims('expired', { exp: signedOnAt - 1 }, 'The token had expired 61 seconds before.'),
  claims('expiry_no_integer', { exp: signedOnAt + 300.5 }, 'The expiry is no integer.'),
  claims('another_acr', { acr: 'phrh' }, 'The receipt says another way of signing on.'),
  claims('another_amr', { amr: ['pwd', 'otp'] }, 'The receipt says other means of signing on.'),
  claims('amr_no_list', { amr: 'pwd' }, 'The means are no list.'),
  claims('no_amr', { amr: undefined }, 'The receipt says means the token does not.'),
  said('acr_unsaid', { sign_on: { acr: null } }, 'The receipt is silent on the way of signing on.'),
  said('stale', signedOnLater(-301), 'The sign-on was 361 seconds old.'),
  said('of_the_future', signedOnLater(121), 'The sign-on was 61 seconds later.'),
  said('payload_no_object', { payload: () => '[]' }, 'The payload is a list.'),
  said('payload_no_json', { payload: (text) => text.slice(1) }, 'The payload is no JSON.'),
  said('payload_no_utf8', { payload: (text) => Buffer.from(text.replace('{', '{"x":"\u00ff",'), 'latin1') }, 'The payload is no UTF-8.'),
  said('party_of_1e400', { payload: (text) => text.replace('{', '{"azp":1e400,') }, 'The authorised party is a number.'),
  said('last_nonce_wrong', { payload: (text) => text.replace(/\}$/, ',"nonce":"x"}') }, 'A second nonce stands after the right one.'),
  said('of_another_account_linked_alike', { subject: 'carol' }, 'The receipt names another account of the person than the token.', {
    trust: (trust) => ({ ...trust, subjects: [...trust.subjects, { ...linked('carol'), person: 'bob' }] }),
  }),
  broken(
    'token_acr_not_enough',
    () => enhanced({ claims: { acr: 'pwd' }, sign_on: { acr: 'pwd' } }),
    'sign_on',
    'SIGN_ON_CLAIMS',
    enrolled,
    'The way of signing on is not enough for grade enhanced.',
  ),
  broken(
    'token_acr_missing',
    () => enhanced({ claims: { acr: undefined }, sign_on: { acr: null } }),
    'sign_on',
    'SIGN_ON_CLAIMS',
    enrolled,
    'The token does not say how the person signed on, which grade enhanced takes.',
  ),
  broken(
    'token_wrong_beside_a_key',
    () => approvedByKeyAndSignOn({ claims: { nonce: 'x' } }),
    'sign_on',
    'SIGN_ON_CLAIMS',
    {},
    'A right key does not make up for a wrong token.',
  ),
]
