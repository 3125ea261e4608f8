// A decision that was delivered: what became of it, and of its change.
import { answerOf, say } from './page.mjs'

/** Tells it until the change is closed; a gate that waits for others is no end, but nothing is left to do here. */
export async function follow(here, decided) {
  for (let since = 0; ; ) {
    const change = await answerOf(await fetch(`${here}/state?since=${since}`)).catch(() => null)
    if (change === null) return say('done', decided, 'It cannot be followed any further: reload this page to see what became of it.')
    since = change.version
    count(change)
    say('done', decided, `The change is ${change.state}.`, change.outcome && `It ended ${change.outcome}.`, change.code)
    if (change.state === 'CLOSED') return
  }
}

/** How many have approved. */
export function count({ approvals, quorum }) {
  document.getElementById('approvals').textContent = `${approvals} of ${quorum} needed`
}
