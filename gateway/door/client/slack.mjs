// Leads from the address of a direct message to the company's sign-on. The address holds its token in the fragment, which no log sees.
import { fromBase64url } from './bytes.mjs'
import { attempt, post, say } from './page.mjs'

const token = location.hash.slice(1)
const button = document.getElementById('link')
const user = userOf(token)

if (user === null) say('failed', 'This address names no Slack user.', 'Open the whole link of the direct message, or ask for a new one.')
else {
  document.getElementById('user').textContent = user
  document.getElementById('asked').hidden = false
}

button.addEventListener('click', () =>
  attempt([button], 'You go on at your company’s sign-on.', async () => {
    const { url } = await post('/approve/slack', { token })
    location.assign(url)
  }),
)

// Only to say whom it is for: the gateway alone judges the token.
function userOf(text) {
  try {
    return JSON.parse(new TextDecoder().decode(fromBase64url(text.split('.')[0]))).slack.user_id ?? null
  } catch {
    return null
  }
}
