// Query parameters and headers of the API, with faults in the same form as those of bodies.
import type { Fault } from '../../core/errors.ts'

/** What `request.query` and `request.headers` are. */
export type Parameters = Readonly<Record<string, unknown>>

/** An integer parameter, or null when it is absent. A fault is added, and null returned, when it is anything else. */
export function integerOf(query: Parameters, name: string, [min, max]: readonly [number, number], faults: Fault[]): number | null {
  const text = query[name]
  if (text === undefined) return null
  const value = typeof text === 'string' && /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  faults.push({ pointer: `?${name}`, detail: `must be one integer from ${min} to ${max}` })
  return null
}

/** A parameter that is one of a closed list, or null when it is absent. */
export function choiceOf<T extends string>(query: Parameters, name: string, choices: readonly T[], faults: Fault[]): T | null {
  const text = query[name]
  if (text === undefined) return null
  const choice = choices.find((each) => each === text)
  if (choice !== undefined) return choice
  faults.push({ pointer: `?${name}`, detail: `must be one of ${choices.join(', ')}` })
  return null
}

/** A text parameter of at most `max` characters; '' when it is absent. */
export function textOf(query: Parameters, name: string, max: number, faults: Fault[]): string {
  const text = query[name] ?? ''
  if (typeof text === 'string' && [...text].length <= max && text.isWellFormed() && !text.includes('\0')) return text
  faults.push({ pointer: `?${name}`, detail: `must be one text of at most ${max} characters` })
  return ''
}

const printable = /^[!-~](?:[ -~]{0,198}[!-~])?$/

/** The site key of a submit: what makes a repeated request the same request. */
export function siteKeyOf(headers: Parameters, faults: Fault[]): string {
  const key = headers['idempotency-key']
  if (typeof key === 'string' && printable.test(key)) return key
  faults.push({ pointer: 'Idempotency-Key', detail: 'is required: 1 to 200 printable ASCII characters' })
  return ''
}
