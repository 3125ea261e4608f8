// Signs in with a passkey: it signs a token that the gateway made for this page.
import { proofChallenge } from './bytes.mjs'
import { attempt, facts, post } from './page.mjs'
import { assertion } from './passkey.mjs'

const button = document.getElementById('login')
document.getElementById('with-script').hidden = false
button.focus()
button.addEventListener('click', () =>
  attempt([button], 'Follow your device.', async () => {
    const proof = await assertion(facts.rpId, await proofChallenge('login', facts.token), [])
    await post('/approve/login', { token: facts.token, ...proof })
    if (location.pathname === '/approve/login') location.replace('/approve')
    else location.reload()
  }),
)
