import { describe, expect, test } from '@jest/globals'
import { bodySchema, demand, fits, schemaDigest } from './schemas.ts'

describe('schemas', () => {
  test('a fault names its places and never the value', () => {
    const secret = 'x9-canary'
    try {
      demand('recorded', { change_id: secret, outcome: secret })
      throw new Error('expected a refusal')
    } catch (error) {
      expect(error).toMatchObject({ code: 'CLYRA_EVIDENCE_INVALID', faults: [{ pointer: '/', detail: 'breaks required' }] })
      expect(JSON.stringify(error) + String(error)).not.toContain(secret)
    }
  })

  test('lengths count code points, as the verifiers do', () => {
    const revoked = (reason: string) => ({ person: 'bob', key_id: 'a'.repeat(64), reason })
    expect(fits('approver_revoked', revoked('😀'.repeat(500)))).toBe(true)
    expect(fits('approver_revoked', revoked('😀'.repeat(501)))).toBe(false)
  })

  test('anchor and delta are judged by schemas of another name', () => {
    expect([bodySchema('anchor'), bodySchema('delta'), bodySchema('verdict')]).toEqual(['warehouse_anchor', 'semantic_delta', 'verdict'])
    expect(schemaDigest('verdict')).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  test('an unknown schema is refused, not passed', () => {
    expect(() => fits('poem', {})).toThrow(expect.objectContaining({ code: 'CLYRA_EVIDENCE_INVALID' }))
  })
})
