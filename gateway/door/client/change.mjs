// One decision: fetch the statement, check it against what this page shows, have it signed by passkey, sign-on or both, deliver it.
import { fromBase64, fromBase64url } from './bytes.mjs'
import { challengeOf, faultOf } from './checks.mjs'
import { count, follow } from './follow.mjs'
import { forget, keep, recall, takeCode } from './kept.mjs'
import { attempt, facts, post, say } from './page.mjs'
import { assertion } from './passkey.mjs'

const changeId = location.pathname.split('/')[2]
const here = `/approve/${changeId}`
const form = document.getElementById('decide')
const finish = document.getElementById('finish')
const { number, reason } = form.elements
const buttons = [...form.querySelectorAll('button'), ...(finish?.querySelectorAll('button') ?? [])]
const byTwo = (decision) => facts.grade === 'enhanced' && decision === 'approve'

form.hidden = false
form.addEventListener('submit', (event) => {
  event.preventDefault()
  const said = { decision: event.submitter.value, reason: reason.value.trim() }
  const waiting = `Follow your device: it signs your decision.`
  attempt(buttons, waiting, () => begin(byTwo(said.decision) ? { ...said, match_code: numberTyped() } : said))
})
number?.addEventListener('input', () => number.removeAttribute('aria-invalid'))
// Come back from the history as it was left, a page would go on waiting.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
comeBack(takeCode(), recall(changeId))

function numberTyped() {
  const typed = number.value.replaceAll(' ', '')
  if (/^[0-9]{6}$/.test(typed)) return typed
  throw wrongNumber(
    Object.assign(new Error('the requester’s number has six digits'), {
      code: 'CLYRA_APPROVAL_MATCH_CODE',
      remedy: 'Ask whoever asked for the change for the number he was shown.',
    }),
  )
}

function wrongNumber(error) {
  number.setAttribute('aria-invalid', 'true')
  number.focus()
  return error
}

async function begin(said) {
  const answer = await post(`${here}/statement`, said).catch((error) => {
    throw error.code === 'CLYRA_APPROVAL_MATCH_CODE' ? wrongNumber(error) : error
  })
  const decision = { ...said, statement: answer.statement }
  await demandFitting(decision)
  if (byTwo(said.decision) || !facts.credential || form.elements.proof?.value === 'sign_on') return leave(decision)
  await deliver({ ...decision, assertion: await signed(decision) })
}

async function leave(decision) {
  keep(changeId, decision)
  const { url } = await post(`${here}/leave`, { statement: decision.statement })
  say('busy', 'You are taken to your sign-on, and come back here.')
  location.assign(url)
  // The buttons stay shut until the page is left.
  await new Promise(() => {})
}

function comeBack(code, kept) {
  if (kept === null) return code && say('failed', 'You signed on, but this page holds no decision of yours.', 'Decide again.')
  reason.value = kept.reason
  const taken = code ?? kept.code
  if (!taken && !kept.sign_on) {
    forget(changeId)
    return say('failed', 'You came back without signing on.', 'Nothing was decided; you can do it again.')
  }
  attempt(buttons, 'Taking up your decision.', async () => {
    keep(changeId, { ...kept, code: taken })
    const { sign_on = (await post(`${here}/redeem`, { code: taken }).catch(givenUp)).sign_on } = kept
    const decision = { ...kept, sign_on }
    keep(changeId, decision)
    await demandFitting(decision).catch(givenUp)
    if (byTwo(decision.decision)) askForPasskey(decision)
    else await deliver(decision)
  })
}

// A gateway that did not answer may be asked again: on a reload the page goes on from here.
function givenUp(error) {
  if (error.code) forget(changeId)
  throw error
}

function askForPasskey(decision) {
  form.hidden = true
  finish.hidden = false
  say('busy', 'You signed on. One step is left: your passkey.')
  for (const button of buttons) button.disabled = false
  const sign = document.getElementById('sign')
  sign.focus()
  sign.addEventListener('click', () =>
    attempt(buttons, 'Follow your device: it signs your decision.', async () =>
      deliver({ ...decision, assertion: await signed(decision) }),
    ),
  )
  document.getElementById('give-up').addEventListener('click', () => {
    forget(changeId)
    location.reload()
  })
}

async function demandFitting({ statement, ...said }) {
  const { displayHash, person } = facts
  const shown = document.getElementById('display').textContent
  const fault = await faultOf(fromBase64(statement), { shown, changeId, displayHash, person, ...said })
  if (fault === null) return
  const remedy = 'Nothing was signed. Do not decide here; report it.'
  const text = `the gateway asked for a signature that does not fit this page: ${fault}`
  throw Object.assign(new Error(text), { code: 'CLYRA_APPROVAL_DISPLAY_MISMATCH', remedy })
}

async function signed({ statement }) {
  const challenge = await challengeOf(fromBase64(statement))
  return (await assertion(facts.rpId, challenge, [fromBase64url(facts.credential)])).assertion
}

async function deliver({ statement, decision, ...proofs }) {
  const { assertion, sign_on } = proofs
  const result = await post(`${here}/decision`, { statement, assertion, sign_on })
  forget(changeId)
  if (result.status === 'refused') {
    if (finish) finish.hidden = true
    form.hidden = false
    throw Object.assign(new Error('your decision does not count'), { code: result.code, remedy: result.remedy })
  }
  form.hidden = true
  if (finish) finish.hidden = true
  count(result)
  const place = document.getElementById('said')
  place.tabIndex = -1
  place.focus()
  await follow(here, `Your decision is recorded: ${decision} ${result.status}, ${result.approvals} of ${result.quorum} approvals.`)
}
