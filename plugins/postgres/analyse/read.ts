// The static half of the analysis: parse and judge by the closed lists. The executor repeats it before it runs anything.
import type { Facts, FactsRefusal, Payload } from '../../../core/generated/types.ts'
import { type Description, describe } from '../../../core/sql/describe.ts'
import { type Judged, parsedState, payloadRefusals } from '../../../core/sql/payload.ts'
import { parseStatement } from './parse.ts'

export interface ReadStatement {
  readonly text: string
  /** Null when the text is not one statement. */
  readonly description: Description | null
}

export interface ReadPayload {
  readonly parsed: Facts['parsed']
  readonly statements: readonly ReadStatement[]
  readonly refusals: FactsRefusal[]
}

/** Reads a payload without asking the warehouse. Never throws for bad SQL. */
export async function readPayload({ statements, role }: Pick<Payload, 'statements' | 'role'>): Promise<ReadPayload> {
  const judged: Judged[] = []
  const read: ReadStatement[] = []
  for (const text of statements) {
    const parsed = await parseStatement(text)
    const description = 'tree' in parsed ? describe(parsed.tree, role) : null
    judged.push(
      'tree' in parsed && description !== null ? { description } : { unparsed: parsed as Exclude<typeof parsed, { tree: unknown }> },
    )
    read.push({ text: 'tree' in parsed ? parsed.text : text, description })
  }
  return { parsed: parsedState(judged), statements: read, refusals: payloadRefusals(judged) }
}
