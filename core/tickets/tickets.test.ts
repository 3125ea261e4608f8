import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { TicketRequest } from '../ports.ts'
import { csvTicket } from './csv.ts'
import { jiraIssue } from './jira.ts'
import { markdownTicket } from './markdown.ts'
import { serviceNowChange } from './servicenow.ts'

const bundle = `sha256:${'0123456789abcdef'.repeat(4)}`
const request: TicketRequest = {
  change_id: `chg_${'a'.repeat(26)}`,
  attempt: 1,
  tenant: 'acme',
  outcome: 'enforced',
  bundle_id: bundle,
  attestation_digest: `sha256:${'f'.repeat(64)}`,
  evidence_file: 'chg.zip',
  verify_command: 'clyra verify chg.zip --trust trust',
  target: 'shop',
  reason: 'Close the books',
  policy: { policy_id: 'sox-controls', policy_digest: `sha256:${'e'.repeat(64)}`, outcome: 'needs_approval', rules: ['many-rows'] },
  controls: [{ control: 'CHG-1', status: 'satisfied', references: ['COBIT 2019 BAI06.01'] }],
  approvers: ['bob'],
  requester: 'ada',
  sealed_at: '2026-01-01T00:00:00.000Z',
}
const because = (reason: string): TicketRequest => ({ ...request, reason })

/** Cells of the second CSV record, read by RFC 4180. */
function cells(csv: string): string[] {
  const record = csv.slice(csv.indexOf('\r\n') + 2, -2)
  return [...record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/gs)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  )
}

describe('csv', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('%j is no formula', (reason) => {
    expect(cells(csvTicket(because(reason)))).toContain(`'${reason}`)
  })

  test('any reason reads back as one cell, never as a formula', () => {
    fc.assert(
      fc.property(fc.string(), (reason) => {
        const header = csvTicket(request).split('\r\n')[0]?.split(',') ?? []
        const row = cells(csvTicket(because(reason)))
        expect(row.length).toBe(header.length)
        expect([reason, `'${reason}`]).toContain(row[header.indexOf('reason')])
        for (const cell of row) expect(cell).not.toMatch(/^[=+\-@]/)
      }),
      { seed: 4 },
    )
  })
})

describe('markdown', () => {
  test('text of others stays text', () => {
    const page = markdownTicket(because('| x |\n# Head\n[link](http://x) <img src=x> `code` **bold** \\'))
    expect(page).not.toMatch(/\n# Head/)
    expect(page).toContain('\\| x \\| \\# Head \\[link\\]\\(http\\:\\/\\/x\\) \\<img src\\=x\\> \\`code\\` \\*\\*bold\\*\\* \\\\ |')
  })

  test('says attestation, verify command, policy result and SOX mapping', () => {
    const page = markdownTicket(request)
    for (const words of [
      `sha256\\:${'f'.repeat(64)}`,
      'clyra verify chg\\.zip',
      'needs\\_approval',
      '| CHG\\-1 | satisfied | COBIT 2019 BAI06\\.01 |',
    ]) {
      expect(page).toContain(words)
    }
  })
})

describe('servicenow', () => {
  test('is found again by the bundle and says what was judged', () => {
    const change = serviceNowChange(request)
    expect(change).toMatchObject({ correlation_id: bundle, correlation_display: 'Clyra', justification: 'Close the books' })
    expect(change.implementation_plan).toContain('CHG-1 satisfied (COBIT 2019 BAI06.01)')
    expect(change.description).toContain(`Attestation: sha256:${'f'.repeat(64)}`)
  })

  test('texts fit their columns, and no character is split', () => {
    const change = serviceNowChange({ ...request, reason: '😀'.repeat(5000), target: 't'.repeat(200) })
    expect(Array.from(change.justification).length).toBe(4000)
    expect(Array.from(change.short_description).length).toBe(160)
    for (const text of Object.values(change)) expect(text.isWellFormed()).toBe(true)
  })
})

describe('jira', () => {
  test('has the label it is found again by, and a description of allowed nodes without empty texts', () => {
    const { fields } = jiraIssue(because(''), 'OPS', 'Task')
    expect(fields).toMatchObject({ project: { key: 'OPS' }, issuetype: { name: 'Task' }, labels: ['clyra', 'clyra-0123456789ab'] })
    const nodes = JSON.stringify(fields.description)
    expect(nodes).not.toContain('"text":""')
    const types = new Set([...nodes.matchAll(/"type":"([^"]+)"/g)].map(([, type]) => type))
    expect([...types].sort()).toEqual(
      ['codeBlock', 'doc', 'heading', 'panel', 'paragraph', 'table', 'tableCell', 'tableHeader', 'tableRow', 'text'].sort(),
    )
  })
})
