import { describe, expect, test } from '@jest/globals'
import { matchCode as decided } from './approvals.ts'
import { type Body, build, canonical, digest, envelope, type Story, type Tweaks } from './testing/bundle.ts'
import { certificateText, matchCode } from './testing/certificates.ts'
import { decisionText, plainly } from './testing/drafts.ts'
import { failures, judge, now, trust } from './testing/judge.ts'
import { enrolledAt, keys } from './testing/keys.ts'
import { approved, approvedWith, enhanced, rejectedWith } from './testing/stories.ts'
import type { Trust } from './trust.ts'
import { verify } from './verify.ts'

type Receipt = NonNullable<Tweaks['receipt']>
type Seal = NonNullable<Tweaks['seal']>

const body =
  (kind: string, fields: Body): Receipt =>
  (receipt) => {
    if (receipt.kind === kind) Object.assign(receipt.body as Body, fields)
  }
const certificate = (fields: Body) => body('approval_certificate', fields)
const decisions =
  (fields: Body): Receipt =>
  (receipt) => {
    if (receipt.kind === 'approval_certificate') Object.assign((receipt.body as { decisions: Body[] }).decisions[0] ?? {}, fields)
  }
const statement =
  (lie: (statement: Body) => void): Seal =>
  (_, told) =>
    certificateText(told, keys.approval, lie)
const predicate = (fields: Body) => statement((said) => Object.assign(said.predicate as Body, fields))
const bent =
  (bend: (read: { signatures: Body[] }) => object): Seal =>
  (text) =>
    canonical(bend(JSON.parse(text)))
const agreed = (story: Story, tweaks: Tweaks) => failures(judge(build(story, tweaks)))
const enhancedStory = () => enhanced().story
const longLived: Receipt = (receipt) => {
  body('verdict', { certificate_ttl_seconds: 601 })(receipt, 0)
  certificate({ expires_at: '2026-03-01T10:10:01.000Z' })(receipt, 0)
}

describe('a certificate', () => {
  test.each<[string, Story, Tweaks]>([
    ['for another audience', approved(), { receipt: certificate({ aud: 'clyra/other/chg' }) }],
    ['for another target', approved(), { receipt: certificate({ target: 'elsewhere' }) }],
    ['of another grade', approved(), { receipt: certificate({ grade: 'enhanced' }) }],
    ['with another key of the person', approved(), { receipt: decisions({ key_id: keys.ben.id }) }],
    ['with a subject he did not use', approved(), { receipt: decisions({ subject_id: '0'.repeat(64) }) }],
    ['with a better grade for a person', approved(), { receipt: decisions({ grade: 'enhanced' }) }],
    ['with another decision', approved(), { receipt: decisions({ envelope_digest: digest('x') }) }],
    ['of grade enhanced that lasts 601 seconds', enhancedStory(), { receipt: longLived }],
    ['whose body was altered after it was signed', approved(), { seal: (_, told) => certificateText({ ...told, quorum: 2 }) }],
    ['whose statement names another certificate', approved(), { seal: statement((said) => named(said, '1'.repeat(36))) }],
    ['whose statement has another audience', approved(), { seal: predicate({ aud: 'clyra/other/chg' }) }],
    ['whose statement has another payload', approved(), { seal: predicate({ payload_digest: digest('x') }) }],
    ['whose statement has another grade', approved(), { seal: predicate({ grade: 'enhanced' }) }],
    ['whose statement lasts longer', approved(), { seal: predicate({ expires_at: '2026-03-01T12:00:00.000Z' }) }],
    ['whose envelope holds no statement', approved(), { seal: () => canonical(envelope({ hello: 'there' }, keys.approval)) }],
    ['of another payload type', approved(), { seal: bent((read) => ({ ...read, payloadType: 'text/plain' })) }],
  ])('%s does not agree', (_, story, tweaks) => {
    expect(agreed(story, tweaks)).toEqual(['approvals APPROVAL_CERTIFICATE seq 4'])
  })

  test.each<[string, Seal]>([
    ['without a signature', bent((read) => ({ ...read, signatures: [{ sig: '' }] }))],
    ['signed by a bundle key', (_, told) => certificateText(told, keys.bundle)],
    ['signed by a stranger', (_, told) => certificateText(told, keys.stranger)],
    ['signed by a key that was over', (_, told) => certificateText(told, keys.overApproval)],
    ['with a second signature', bent((read) => ({ ...read, signatures: [read.signatures[0], read.signatures[0]] }))],
    [
      'with an assertion beside its signature',
      bent((read) => ({ ...read, signatures: [{ ...read.signatures[0], webauthn: { authenticator_data: '', client_data: '' } }] })),
    ],
  ])('%s is not signed', (_, seal) => {
    expect(agreed(approved(), { seal })).toEqual(['approvals APPROVAL_CERTIFICATE_SIGNATURE seq 4'])
  })

  test('holds while its key does at the time of approval, whatever came later', () => {
    const withKey = (fields: Partial<Trust['keys'][number]>): Trust => ({
      ...trust,
      keys: trust.keys.map((key) => (key.purposes.includes('approval') ? { ...key, ...fields } : key)),
    })
    const codes = (fields: Partial<Trust['keys'][number]>) => failures(verify(build(approved()), withKey(fields), now))
    const refused = ['approvals APPROVAL_CERTIFICATE_SIGNATURE seq 4']
    const [approvedAt, after] = ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:00.001Z']
    expect([codes({ not_after: approvedAt }), codes({ not_after: after })]).toEqual([refused, []])
    expect([codes({ revoked_at: approvedAt }), codes({ revoked_at: after })]).toEqual([refused, []])
    expect([codes({ not_before: after }), codes({ not_before: approvedAt })]).toEqual([refused, []])
  })
})

function named(statement: Body, name: string): void {
  Object.assign((statement.subject as Body[])[0] ?? {}, { name })
}

describe('what signs a decision', () => {
  test("the door's key signs rejections, and nothing else", () => {
    expect(failures(judge(build(rejectedWith(keys.approval))))).toEqual([])
    expect(failures(judge(build(rejectedWith(keys.bundle))))).toEqual(['approvals APPROVAL_KEY_UNKNOWN seq 2'])
    expect(failures(judge(build(rejectedWith(keys.overApproval))))).toEqual(['approvals APPROVAL_KEY_REVOKED seq 2'])
    expect(agreed(approved(1, [], undefined, keys.approval), {})).toEqual(['approvals APPROVAL_KEY_UNKNOWN seq 3'])
  })

  test('gives the grade, which is enough or does not count', () => {
    const ungraded = ['approvals APPROVAL_GRADE seq 3']
    expect(agreed(approved(), { receipt: body('decision', { grade: 'enhanced' }) })).toEqual(ungraded)
    expect(agreed(enhancedStory(), { receipt: body('decision', { grade: 'standard' }) })).toEqual(ungraded)
    const named = decisionText('anna@example.com', keys.anna, 'approve', 1, (said) => void Object.assign(said, { match_code: matchCode() }))
    expect(agreed(approvedWith(plainly(named, 'anna@example.com', keys.anna), 'enhanced'), {})).toEqual(ungraded)
  })

  test('is as old as the verdict asks for', () => {
    const ungraded = ['approvals APPROVAL_GRADE seq 3']
    const age = (Date.parse('2026-03-01T10:03:00.000Z') - Date.parse(enrolledAt)) / 1000
    const codes = (authenticator_age_seconds: number, given = trust) =>
      failures(verify(build(approved(), { receipt: body('verdict', { authenticator_age_seconds }) }), given, now))
    expect([codes(age), codes(age + 1)]).toEqual([[], ungraded])
    const noDay = { ...trust, approvers: trust.approvers.map((key) => ({ ...key, enrolled_at: '2026-02-30T00:00:00.000Z' })) }
    expect(codes(0, noDay)).toEqual(ungraded)
  })
})

describe("the requester's number", () => {
  test('is HKDF-Expand as OpenSSL computes it', () => {
    expect(decided('ab'.repeat(32), digest('display'))).toBe('272276')
    expect(matchCode()).toBe('272276')
    expect(decided('0000000000000000000000000000000000000000000000000000000000000046', digest('display'))).toBe('004406')
  })

  const unbound = ['approvals APPROVAL_BINDING seq 3']
  test.each<[string, Story]>([
    ['is missing', enhanced({}, (said) => void delete said.match_code).story],
    ['is another', enhanced({}, (said) => void Object.assign(said, { match_code: '000000' })).story],
    ['stands where it must not', approved(1, [], (said) => void Object.assign(said, { match_code: matchCode() }))],
  ])('%s', (_, story) => {
    expect(agreed(story, {})).toEqual(unbound)
  })

  test('stands in no rejection', () => {
    const story = rejectedWith(keys.ben, (said) => void Object.assign(said, { match_code: matchCode() }))
    const asks: Receipt = body('verdict', { grade: 'enhanced', certificate_ttl_seconds: 600 })
    expect(agreed(story, { receipt: asks })).toEqual(['approvals APPROVAL_BINDING seq 2'])
    expect(agreed(rejectedWith(keys.ben), { receipt: asks })).toEqual([])
  })
})
