import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { isEnd, type Move, mayBeAskedAgain, type State, stateAfter } from './lifecycle.ts'

const outcomes = ['enforced', 'observed', 'denied', 'rejected', 'expired', 'cancelled', 'failed', 'ambiguous'] as const
const move: fc.Arbitrary<Move> = fc.oneof(
  fc
    .constantFrom(
      'change',
      'requester',
      'decision',
      'approval_certificate',
      'attempt',
      'grant',
      'anchor',
      'snapshot',
      'delta',
      'recorded',
      'attestation',
      'ticket',
      'nonsense',
    )
    .map((kind) => ({ kind, body: {} })),
  fc
    .record({ outcome: fc.constantFrom('allow', 'deny', 'needs_approval'), mode: fc.constantFrom('gate', 'review') })
    .map((body) => ({ kind: 'verdict', body })),
  fc.constantFrom(...outcomes).map((outcome) => ({ kind: 'outcome', body: { outcome } })),
)

/** Receipts in any order, of which only the legal ones are written. */
function walk(moves: Move[]): { state: State | null; written: Move[] } {
  let state: State | null = null
  const written: Move[] = []
  for (const next of moves) {
    const after = stateAfter(state, next)
    if (after === null) continue
    state = after
    written.push(next)
  }
  return { state, written }
}

/** The receipts of each attempt. */
function attemptsIn(written: Move[]): Move[][] {
  const starts = written.flatMap(({ kind }, index) => (kind === 'change' ? [index] : []))
  return starts.map((start, index) => written.slice(start, starts[index + 1]))
}

const anyOrder = fc.array(move, { maxLength: 60 })
const runs = { seed: 7, numRuns: 3000 }

describe('lifecycle', () => {
  test('no order of receipts reaches enforced without a gate verdict that allows, or a certificate', () => {
    fc.assert(
      fc.property(anyOrder, (moves) => {
        const { written } = walk(moves)
        const start = written.map(({ kind }) => kind).lastIndexOf('change')
        const attempt = written.slice(start)
        if (!attempt.some(({ body }) => body.outcome === 'enforced')) return
        const judged = attempt.findLastIndex(({ kind }) => kind === 'verdict')
        const verdict = attempt[judged]
        expect(verdict?.body.mode).toBe('gate')
        expect(verdict?.body.outcome === 'allow' || attempt.slice(judged).some(({ kind }) => kind === 'approval_certificate')).toBe(true)
        expect(attempt.some(({ kind }) => kind === 'attempt')).toBe(true)
      }),
      runs,
    )
  })

  test('an attempt has at most one outcome, and only recorded follows it before the seal', () => {
    fc.assert(
      fc.property(anyOrder, (moves) => {
        const attempts = attemptsIn(walk(moves).written)
        for (const attempt of attempts) {
          const ends = attempt.filter(({ kind }) => kind === 'outcome')
          expect(ends.length).toBeLessThanOrEqual(1)
          const recorded = attempt.findIndex(({ kind }) => kind === 'recorded')
          if (recorded >= 0) expect(attempt.slice(0, recorded).some(({ kind }) => kind === 'outcome')).toBe(true)
        }
      }),
      runs,
    )
  })

  test('every end can be sealed: recorded, attested, closed', () => {
    for (const state of ['DENIED', 'OBSERVED', 'REJECTED', 'EXPIRED', 'CANCELLED', 'ENFORCED', 'FAILED', 'AMBIGUOUS'] as State[]) {
      const seal = ['recorded', 'attestation', 'ticket'].reduce<State | null>((at, kind) => stateAfter(at, { kind, body: {} }), state)
      expect([state, seal]).toEqual([state, 'CLOSED'])
      expect(isEnd(state)).toBe(true)
    }
  })

  test('a verdict of another run opens the gate again, until enforcement has begun', () => {
    const verdict = (outcome: string): Move => ({ kind: 'verdict', body: { outcome, mode: 'gate' } })
    expect(stateAfter('AWAITING_APPROVAL', verdict('needs_approval'))).toBe('AWAITING_APPROVAL')
    expect(stateAfter('APPROVED', verdict('needs_approval'))).toBe('AWAITING_APPROVAL')
    expect(stateAfter('APPROVED', verdict('deny'))).toBe('EVALUATED')
    for (const state of ['EVALUATED', 'ENFORCING', 'ENFORCED', 'EXPIRED', 'RECORDED', 'CLOSED'] as State[])
      expect([state, stateAfter(state, verdict('allow'))]).toEqual([state, null])
  })

  test('a grant stands between the attempt and its outcome alone', () => {
    const grant = { kind: 'grant', body: {} }
    expect(stateAfter('ENFORCING', grant)).toBe('ENFORCING')
    for (const state of [null, 'OPEN', 'AWAITING_APPROVAL', 'APPROVED', 'ENFORCED', 'FAILED', 'AMBIGUOUS', 'RECORDED'] as (State | null)[])
      expect([state, stateAfter(state, grant)]).toEqual([state, null])
  })

  test('only what failed, expired or was cancelled may be asked for again', () => {
    expect(outcomes.filter(mayBeAskedAgain)).toEqual(['expired', 'cancelled', 'failed'])
  })
})
