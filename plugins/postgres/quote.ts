// Identifiers that come from the catalogue or the parser, made safe to stand in a statement.
import pg from 'pg'

/** `"schema"."name"`. */
export const quoted = ({ schema, name }: { schema: string; name: string }): string =>
  `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`
