// Ends the session of this browser.
import { attempt, post } from './page.mjs'

const button = document.getElementById('logout')
button.hidden = false
button.addEventListener('click', () =>
  attempt([button], 'Signing you out.', async () => {
    await post('/approve/logout', {})
    location.assign('/approve')
  }),
)
