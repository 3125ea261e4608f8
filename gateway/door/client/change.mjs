// One decision: fetch the statement, check it against what this page shows, have the passkey sign it, follow the change to its end.
import { fromBase64, fromBase64url } from './bytes.mjs'
import { challengeOf, faultOf } from './checks.mjs'
import { answerOf, attempt, facts, post, say } from './page.mjs'
import { assertion } from './passkey.mjs'

const changeId = location.pathname.split('/')[2]
const here = `/approve/${changeId}`
const form = document.getElementById('decide')
const buttons = [...form.querySelectorAll('button')]
form.hidden = false
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const decision = event.submitter.value
  attempt(buttons, 'Follow your device: it signs your decision.', () => decide(decision, form.elements.reason.value.trim()))
})

async function decide(decision, reason) {
  const answer = await post(`${here}/statement`, { decision, reason })
  const statement = fromBase64(answer.statement)
  const { displayHash, person } = facts
  const shown = document.getElementById('display').textContent
  const fault = await faultOf(statement, { shown, changeId, displayHash, person, decision, reason })
  if (fault !== null) {
    const remedy = 'Nothing was signed. Do not decide here; report it.'
    throw Object.assign(new Error(`the gateway asked for a signature that does not fit this page: ${fault}`), {
      code: 'CLYRA_APPROVAL_DISPLAY_MISMATCH',
      remedy,
    })
  }
  const proof = await assertion(facts.rpId, await challengeOf(statement), [fromBase64url(facts.credential)])
  const result = await post(`${here}/decision`, { statement: answer.statement, assertion: proof.assertion })
  if (result.status === 'refused')
    throw Object.assign(new Error('your decision does not count'), { code: result.code, remedy: result.remedy })
  form.hidden = true
  count(result)
  await follow(`Your decision is recorded: ${decision} ${result.status}, ${result.approvals} of ${result.quorum} approvals.`)
}

function count({ approvals, quorum }) {
  document.getElementById('approvals').textContent = `${approvals} of ${quorum} needed`
}

// To the end of the change; a gate that waits for others is no end, but nothing is left to do here.
async function follow(decided) {
  for (let since = 0; ; ) {
    const change = await answerOf(await fetch(`${here}/state?since=${since}`)).catch(() => null)
    if (change === null) return say('done', decided, 'It cannot be followed any further: reload this page to see what became of it.')
    since = change.version
    count(change)
    say('done', decided, `The change is ${change.state}.`, change.outcome && `It ended ${change.outcome}.`, change.code)
    if (change.state === 'CLOSED') return
  }
}
