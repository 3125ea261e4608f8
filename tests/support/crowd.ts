// Many hands at once at the control API: requests as they are, without the patience of the CLI's client.

export interface Answer<T> {
  status: number
  body: T
}

/** One request as it is; a text is sent as it stands. */
export async function post<T>(
  base: string,
  path: string,
  token: string,
  body: object | string,
  headers: Record<string, string> = {},
): Promise<Answer<T>> {
  const response = await fetch(new URL(path, base), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as T }
}

/** Who is told that the gateway is busy asks again, until it is told something else. Answers what everybody was told in the end. */
export async function untilAnswered<T>(calls: readonly (() => Promise<Answer<T>>)[]): Promise<Answer<T>[]> {
  const answers: Answer<T>[] = []
  for (let left = calls; left.length > 0; ) {
    const round = await Promise.all(left.map(async (call) => ({ call, answer: await call() })))
    answers.push(...round.filter(({ answer }) => answer.status !== 503).map(({ answer }) => answer))
    left = round.filter(({ answer }) => answer.status === 503).map(({ call }) => call)
  }
  return answers
}

/** The same JSON value, written twice. */
export const encodings = (body: object): string[] => [
  JSON.stringify(body),
  JSON.stringify(body, null, 2).replace('"envelope"', '"\\u0065nvelope"'),
]
/** By a generator with a seed, so that a run can be had again. */
export function shuffled<T>(values: readonly T[]): T[] {
  let state = 7
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state
  }
  return values
    .map((value) => [next(), value] as const)
    .sort(([a], [b]) => a - b)
    .map(([, value]) => value)
}
/** As many of a kind. */
export const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index))
export const countOf = <T>(values: readonly T[], value: T): number => values.filter((each) => each === value).length
