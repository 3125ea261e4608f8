// Turns an invitation into a passkey. The invitation stands in the fragment, which no server and no log ever sees.
import { fromBase64url, proofChallenge } from './bytes.mjs'
import { attempt, facts, post, say } from './page.mjs'
import { assertion, createPasskey } from './passkey.mjs'

const token = location.hash.slice(1)
const button = document.getElementById('create')
const person = personOf(token)
// Only where the company's sign-on is configured.
const account = document.getElementById('account')

if (person === null) say('failed', 'This address holds no invitation.', 'Open the whole link you were given, or ask for a new one.')
else {
  document.getElementById('person').textContent = person
  document.getElementById('invited').hidden = false
}

button.addEventListener('click', () =>
  attempt([button], 'Follow your device: it makes the passkey, then signs with it once.', async () => {
    const challenge = await proofChallenge('invite', token)
    const { rawId, spki } = await createPasskey(facts.rpId, person, challenge)
    const proof = await assertion(facts.rpId, challenge, [rawId])
    await post('/approve/enroll', { token, spki, ...proof })
    history.replaceState(null, '', location.pathname)
    // The invitation is still good for the account.
    document.getElementById(account === null ? 'invited' : 'create').hidden = true
    document.getElementById('done').hidden = false
    say('done', `The passkey of ${person} is enrolled.`)
    ;(account ?? document.querySelector('#done a')).focus()
  }),
)

account?.addEventListener('click', () =>
  attempt([account], 'You go on at your company’s sign-on.', async () => {
    const { url } = await post('/approve/enroll/account', { token })
    location.assign(url)
  }),
)

// Only to say whom it is for: the gateway alone judges the token.
function personOf(text) {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64url(text.split('.')[0]))).person ?? null
  } catch {
    return null
  }
}
