// The certificate of a decision, the envelope sealed over it, and the requester's number.
import { createHmac } from 'node:crypto'
import { type Body, canonical, changeId, type Draft, digest, envelope } from './bundle.ts'
import { base, displayHash, nonce, payloadDigest, policy, type Said } from './drafts.ts'
import { keys, type Pair } from './keys.ts'

/** The certificate of one decision. */
export const certificate = (attempt: number, { text, sign_on: _, ...said }: Said, grade = 'standard'): Draft => ({
  kind: 'approval_certificate',
  body: (leaf) => ({
    ...base(attempt),
    cert_id: '00000000-0000-7000-8000-0000000000ce',
    aud: `clyra/acme/${changeId}`,
    run_id: 'run-1',
    predecessor: leaf('verdict'),
    target: 'warehouse',
    payload_digest: payloadDigest,
    policy_digest: digest(policy),
    display_hash: displayHash,
    nonce,
    quorum: 1,
    grade,
    max_uses: 1,
    requesters: ['dag', 'otto@example.com', 'rita@example.com'],
    decisions: [{ ...said, envelope_digest: digest(text) }],
    approved_at: '2026-03-01T10:00:00.000Z',
    expires_at: grade === 'enhanced' ? '2026-03-01T10:10:00.000Z' : '2026-03-01T11:00:00.000Z',
  }),
  seal: (body) => certificateText(body),
})

/** The signed envelope of a certificate; `lie` changes the statement before it is signed. */
export function certificateText(body: Body, key: Pair = keys.approval, lie: (statement: Body) => void = () => {}): string {
  const { envelope_digest: _, ...said } = body
  const { cert_id, aud, payload_digest, grade, expires_at } = said
  const statement: Body = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: cert_id, digest: { sha256: digest(canonical(said)).slice(7) } }],
    predicateType: 'https://clyra.dev/spec/approval_certificate/v0',
    predicate: { aud, payload_digest, grade, expires_at },
  }
  lie(statement)
  return canonical(envelope(statement, key))
}

/** The number the requester was shown. */
export const matchCode = (): string => {
  const block = createHmac('sha256', Buffer.from(nonce, 'hex'))
    .update(`clyra.match_code/0 ${displayHash}`)
    .update(Buffer.of(1))
    .digest('hex')
  return String(BigInt(`0x${block.slice(0, 16)}`) % 1_000_000n).padStart(6, '0')
}
