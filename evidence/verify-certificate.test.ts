// Attacks on a certificate between approval and enforcement, each on a case that is right but for one thing.
import { describe, expect, test } from '@jest/globals'
import { canonical } from '../core/canonical.ts'
import type { ApprovalCertificate, Decision } from '../core/generated/types.ts'
import { digest } from '../runtime/digest.ts'
import { approvalOf, type Certified, certificateOf, certifiedCase, decidedAt, personOf } from '../tests/support/certified.ts'
import { softProvider } from '../tests/support/sign-on.ts'
import { signCertificate } from './certificate.ts'
import { doorKey } from './testing/registry.ts'
import { certificateRefusal } from './verify-certificate.ts'

const idp = softProvider()
const enhanced = (quorum = 1) => certifiedCase({ grade: 'enhanced', quorum, idp })

/** The same case with another certificate over it, signed by `signer`. */
async function resigned(one: Certified, part: Partial<ApprovalCertificate> = {}, signer = one.signer): Promise<Certified> {
  const { envelope_digest: _, ...said } = { ...one.certificate, ...part }
  const { body, envelope } = await signCertificate(said, signer)
  return { ...one, certificate: body, blobs: new Map([...one.blobs, [digest(envelope), envelope]]) }
}

/** The case with the text of its certificate's envelope changed, and the digest that names it too. */
function rewritten(one: Certified, rewrite: (text: string) => string): Certified {
  const text = rewrite(one.blobs.get(one.certificate.envelope_digest) ?? '')
  const certificate = { ...one.certificate, envelope_digest: digest(text) }
  return { ...one, certificate, blobs: new Map([...one.blobs, [digest(text), text]]) }
}

/** The case with the first decision replaced by what is made of it, named by a certificate signed anew. */
async function redecided(one: Certified, rewrite: (text: string) => string, part: Partial<Decision> = {}): Promise<Certified> {
  const [first] = one.decisions
  const text = rewrite(one.blobs.get(first?.body.envelope_digest ?? '') ?? '')
  const body = { ...first?.body, ...part, envelope_digest: digest(text) } as Decision
  const unsigned = certificateOf(one.verdict, one.leaf, [{ body }])
  return resigned({ ...one, decisions: [{ at: decidedAt, body }], blobs: new Map([...one.blobs, [digest(text), text]]) }, unsigned)
}

describe('a certificate', () => {
  test.each([
    ['standard', 1],
    ['standard', 3],
    ['enhanced', 1],
    ['enhanced', 3],
  ] as const)('%s over %i approvals is right', async (grade, quorum) => {
    expect(certificateRefusal(await certifiedCase({ grade, quorum, idp }))).toBeNull()
  })
})

describe('the certificate itself', () => {
  const wrong = 'CLYRA_APPROVAL_CERTIFICATE'

  test('signed by a key of another purpose is refused', async () => {
    expect(certificateRefusal(await resigned(await enhanced(), {}, doorKey))).toBe(wrong)
  })

  test.each<[string, Partial<ApprovalCertificate>]>([
    ['another gate', { aud: 'clyra/acme/chg_zzzzzzzzzzzzzzzzzzzzzzzzzz' }],
    ['a later end', { expires_at: '2099-01-01T00:00:00.000Z' }],
    ['another payload', { payload_digest: digest('other') }],
    ['another target', { target: 'other' }],
    ['fewer requesters', { requesters: [] }],
    ['another run', { run_id: 'run-2' }],
  ])('whose body names %s than was signed is refused', async (_, part) => {
    const one = await enhanced()
    expect(certificateRefusal({ ...one, certificate: { ...one.certificate, ...part } })).toBe(wrong)
  })

  test.each<[string, (text: string) => string]>([
    ['a blank', (text) => text.replace('{', '{ ')],
    ['keys in another order', (text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()))],
    ['a key twice', (text) => text.replace('{', '{"payload":"",')],
    ['a key of the prototype', (text) => text.replace(/}$/, ',"__proto__":{}}')],
    ['an escaped letter', (text) => text.replace('"payload"', '"p\\u0061yload"')],
    ['a second signature', (text) => text.replace(/\[(\{[^}]*\})\]/, '[$1,$1]')],
    ['no signature', (text) => text.replace(/\[\{[^}]*\}\]/, '[]')],
    [
      'base64 with another padding',
      (text) => text.replace(/"payload":"([^"]*)"/, (_, body) => `"payload":"${body.replace(/=*$/, '')}===="`),
    ],
  ])('whose envelope has %s is refused', async (_, rewrite) => {
    expect(certificateRefusal(rewritten(await enhanced(), rewrite))).toBe(wrong)
  })

  test('whose envelope is no JSON is refused as evidence', async () => {
    const one = rewritten(await enhanced(), () => 'rubbish')
    expect(() => certificateRefusal(one)).toThrow(expect.objectContaining({ code: 'CLYRA_EVIDENCE_INVALID' }))
  })

  test('with the other s of ECDSA is another text, so the digest in the receipt refuses it', async () => {
    const one = await enhanced()
    const text = one.blobs.get(one.certificate.envelope_digest) ?? ''
    const other = text.replace(/"sig":"([^"]*)"/, (_, sig) => `"sig":"${otherS(sig)}"`)
    expect(other).not.toBe(text)
    expect(certificateRefusal({ ...one, blobs: new Map([...one.blobs, [one.certificate.envelope_digest, other]]) })).toBe(wrong)
  })
})

describe('a decision in it', () => {
  test.each<[string, (one: Certified) => Certified, string]>([
    ['whose passkey was revoked since', (one) => withKeys(one, { revoked_at: decidedAt }), 'CLYRA_APPROVAL_UNKNOWN_KEY'],
    ['whose account was unlinked since', (one) => withSubject(one, { unlinked_at: decidedAt }), 'CLYRA_SSO_UNLINKED'],
    ['whose account is another person’s', (one) => withSubject(one, { person: 'eve' }), 'CLYRA_SSO_UNLINKED'],
    ['whose token is not kept', (one) => withRegistry(one, { id_tokens: new Map() }), 'CLYRA_SSO_SIGNATURE'],
    ['whose provider’s key was never seen', (one) => withRegistry(one, { idp_keys: [] }), 'CLYRA_SSO_KEY'],
    ['where sign-on was taken away', (one) => ({ ...one, door: { ...one.door, provider: null } }), 'CLYRA_SSO_OFF'],
    ['that was never counted', (one) => ({ ...one, decisions: [] }), 'CLYRA_APPROVAL_CERTIFICATE'],
    ['on another display', (one) => ({ ...one, verdict: { ...one.verdict, display_hash: digest('v2') } }), 'CLYRA_APPROVAL_BAD_SIGNATURE'],
    ['of another gate', (one) => ({ ...one, verdict: { ...one.verdict, nonce: '7'.repeat(64) } }), 'CLYRA_APPROVAL_BAD_SIGNATURE'],
    ['judged long after its sign-on', (one) => at(one, '2026-06-01T13:00:00.000Z'), 'CLYRA_SSO_STALE'],
    ['judged by a clock set back', (one) => at(one, '2026-06-01T11:57:00.000Z'), 'CLYRA_SSO_STALE'],
  ])('%s refuses it', async (_, change, code) => {
    expect(certificateRefusal(change(await enhanced()))).toBe(code)
  })

  test('of grade standard does not pass a gate of grade enhanced', async () => {
    const one = await enhanced()
    const eve = personOf('ben', 'standard', idp)
    const { body, envelope } = approvalOf(one.verdict, eve, one.leaf)
    const weak = { ...one, registry: { ...one.registry, approvers: [eve.enrolled] } }
    const decisions = [{ at: decidedAt, body: { ...body, grade: 'standard' as const } }]
    const named = certificateOf(one.verdict, one.leaf, [{ body }]).decisions.map((decision) => ({
      ...decision,
      grade: 'standard' as const,
    }))
    const blobs = new Map([...one.blobs, [digest(envelope), envelope]])
    expect(certificateRefusal(await resigned({ ...weak, decisions, blobs }, { decisions: named }))).toBe('CLYRA_APPROVAL_GRADE')
  })

  test.each<[string, (text: string) => string]>([
    ['a key twice', (text) => text.replace('{', '{"payloadType":"x",')],
    ['keys in another order', (text) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()))],
    ['`__proto__`', (text) => text.replace(/}$/, ',"__proto__":{}}')],
    ['a third signature', (text) => withSignatures(text, (both) => [...both, ...both.slice(0, 1)])],
    ['its signatures in the other order', (text) => withSignatures(text, (both) => both.reverse())],
  ])('with %s is malformed', async (_, rewrite) => {
    expect(certificateRefusal(await redecided(await enhanced(), rewrite))).toBe('CLYRA_APPROVAL_MALFORMED')
  })

  test('with the other s of ECDSA is verified like the first: it is the same decision, and its receipt names one text', async () => {
    const one = await certifiedCase({ grade: 'standard' })
    const other = (text: string) => text.replace(/"sig":"([^"]*)"/, (_, sig) => `"sig":"${otherS(sig)}"`)
    expect(certificateRefusal(await redecided(one, other))).toBeNull()
    const [first] = one.decisions
    const swapped = new Map([...one.blobs].map(([name, text]) => [name, name === first?.body.envelope_digest ? other(text) : text]))
    expect(certificateRefusal({ ...one, blobs: swapped })).toBe('CLYRA_APPROVAL_CERTIFICATE')
  })
})

const at = (one: Certified, time: string): Certified => ({ ...one, decisions: one.decisions.map(({ body }) => ({ at: time, body })) })
const withRegistry = (one: Certified, part: Partial<Certified['registry']>): Certified => ({
  ...one,
  registry: { ...one.registry, ...part },
})
const withKeys = (one: Certified, part: object) =>
  withRegistry(one, { approvers: one.registry.approvers.map((key) => ({ ...key, ...part })) })
const withSubject = (one: Certified, part: object) =>
  withRegistry(one, { subjects: one.registry.subjects.map((subject) => ({ ...subject, ...part })) })

function withSignatures(text: string, change: (signatures: object[]) => object[]): string {
  const envelope = JSON.parse(text)
  return canonical({ ...envelope, signatures: change(envelope.signatures) })
}

/** The same signature with n − s for s. */
function otherS(sig: string): string {
  const der = Buffer.from(sig, 'base64')
  const rEnd = 4 + (der[3] ?? 0)
  const s = BigInt(`0x${der.subarray(rEnd + 2).toString('hex')}`)
  const hex = (order - s).toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  const integer = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes
  const body = Buffer.concat([der.subarray(2, rEnd), Buffer.from([2, integer.length]), integer])
  return Buffer.concat([Buffer.from([0x30, body.length]), body]).toString('base64')
}
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
