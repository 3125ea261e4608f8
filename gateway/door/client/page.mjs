// What every page's script does: talk to the gateway, tell the person what came of it.

/** What stands in the page for its script. */
export const facts = document.querySelector('main').dataset

/** Posts JSON to the gateway; its refusal becomes an error with code and remedy. */
export async function post(path, body) {
  return answerOf(await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }))
}

/** The JSON of an answer. */
export async function answerOf(response) {
  const answer = await response.json()
  if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code, remedy: answer.remediation })
  return answer
}

/** Says something where a screen reader hears it. Always as text. */
export function say(kind, ...lines) {
  const place = document.getElementById('said')
  place.className = kind
  place.replaceChildren(...lines.filter(Boolean).map((line) => Object.assign(document.createElement('p'), { textContent: line })))
}

/** Runs what a button starts: no second press meanwhile, and every failure is told. */
export async function attempt(buttons, waiting, work) {
  for (const button of buttons) button.disabled = true
  say('busy', waiting)
  try {
    await work()
  } catch (error) {
    say('failed', ...failure(error))
    for (const button of buttons) button.disabled = false
  }
}

function failure(error) {
  if (error.code && error.remedy) return [`${error.code}: ${error.message}`, error.remedy]
  if (error.name === 'NotAllowedError') return ['The passkey did not sign: it was cancelled, timed out, or could not verify you.']
  if (error.name === 'TypeError') return ['The gateway did not answer.', 'Try again.']
  return [`This browser could not do it (${error.name}).`, 'Try again, or use another browser.']
}
