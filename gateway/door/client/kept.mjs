// A decision that waits while its person is away to sign on: kept in this tab alone, and checked again before anything is done with it.

const keyOf = (changeId) => `clyra.decision.${changeId}`

export const keep = (changeId, decision) => sessionStorage.setItem(keyOf(changeId), JSON.stringify(decision))
export const forget = (changeId) => sessionStorage.removeItem(keyOf(changeId))

/** What was kept, or null. */
export function recall(changeId) {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(changeId)))
  } catch {
    return null
  }
}

/** The code a sign-on came back with, taken out of the address; null when this is no coming back. */
export function takeCode() {
  const code = new URLSearchParams(location.search).get('signed_on')
  if (code !== null) history.replaceState(null, '', location.pathname)
  return code
}
