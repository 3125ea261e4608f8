// The body of `POST /rest/api/3/issue` (Jira Cloud) with a description in Atlassian Document Format.
import type { TicketRequest } from '../ports.ts'
import { headline, shortDigest, ticketFacts } from './facts.ts'

/** A node of the Atlassian Document Format. */
export interface AdfNode {
  type: string
  attrs?: Record<string, string | number | boolean>
  content?: AdfNode[]
  text?: string
}

export interface JiraIssue {
  fields: {
    project: { key: string }
    issuetype: { name: string }
    summary: string
    labels: string[]
    description: { type: 'doc'; version: 1; content: AdfNode[] }
  }
}

const maxSummary = 255

/** The payload. Create is not idempotent: look for the label `clyra-<digest12>` first. */
export const jiraIssue = (request: TicketRequest, project: string, issueType: string): JiraIssue => ({
  fields: {
    project: { key: project },
    issuetype: { name: issueType },
    summary: Array.from(headline(request)).slice(0, maxSummary).join(''),
    labels: ['clyra', `clyra-${shortDigest(request)}`],
    description: {
      type: 'doc',
      version: 1,
      content: [
        {
          type: 'panel',
          attrs: { panelType: 'info' },
          content: [paragraph('This issue repeats what the evidence file says. Only the verify command shows that it holds.')],
        },
        table(ticketFacts(request).map(({ label, value }) => [label, value])),
        heading('SOX change control'),
        table(request.controls.map(({ control, status, references }) => [control, status, references.join(', ')])),
        heading('Verify'),
        { type: 'codeBlock', attrs: { language: 'shell' }, content: text(request.verify_command) },
      ],
    },
  },
})

const heading = (title: string): AdfNode => ({ type: 'heading', attrs: { level: 3 }, content: text(title) })
const paragraph = (words: string): AdfNode => ({ type: 'paragraph', content: text(words) })

/** The format refuses empty text nodes. */
const text = (words: string): AdfNode[] => (words === '' ? [] : [{ type: 'text', text: words }])

const table = (rows: string[][]): AdfNode => ({
  type: 'table',
  content: rows.map((cells) => ({
    type: 'tableRow',
    content: cells.map((cell, index) => ({ type: index === 0 ? 'tableHeader' : 'tableCell', attrs: {}, content: [paragraph(cell)] })),
  })),
})
