// Which functions a governed statement may call: an allow-list, because most volatile built-ins can be executed by anyone.

/** Volatile built-ins without an effect beyond their result (nextval: beyond a gap in a sequence, as every default has it). */
const volatileAllowed: ReadonlySet<string> = new Set([
  'clock_timestamp',
  'gen_random_uuid',
  'nextval',
  'random',
  'random_normal',
  'timeofday',
  'uuidv4',
  'uuidv7',
])

/** Built-ins that call themselves stable or immutable and still run queries, read other relations, or change the session. */
const neverAllowed =
  /^(?:query|table|schema|database|cursor)_to_xml|^pg_(?:read|ls|stat_file|advisory|try_advisory|export|import|sleep|notify)|^lo_|^set_config$|^setval$|^ts_stat$|^ts_rewrite$|^dblink/

/** A function by its qualified name; `volatility` as the catalogue has it, null when no function of that name exists. */
export interface CalledFunction {
  readonly schema: string
  readonly name: string
  readonly volatility: 'i' | 's' | 'v' | null
}

/** Whether the name alone is reason to refuse. */
export const nameRefused = (schema: string, name: string): boolean => schema !== 'pg_catalog' || neverAllowed.test(name)

/** Whether a governed statement may call it. Overloads share a name: one volatile overload makes the name volatile. */
export const functionAllowed = ({ schema, name, volatility }: CalledFunction): boolean =>
  !nameRefused(schema, name) && volatility !== null && (volatility !== 'v' || volatileAllowed.has(name))
