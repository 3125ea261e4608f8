// The pages around a decision: enrol, sign in, what waits, what went wrong. All readable without script.
import type { Problem } from '../../core/generated/types.ts'
import { visible } from '../../core/visible.ts'
import type { SlackLink } from '../../ledger/slack-links.ts'
import { type Html, html } from './html.ts'
import type { Waiting } from './waiting.ts'

/** What a page holds. `onward`: the browser goes there by itself. `script` names a file of client/; `facts` stand on <main> for it. Whoever is signed in can sign out. */
export interface Page {
  title: string
  body: Html
  onward?: string
  signedIn?: boolean
  script?: string
  facts?: Readonly<Record<string, string>>
}

/** The whole document. */
export function documentOf({ title, body, onward, signedIn = false, script, facts = {} }: Page): string {
  const data = Object.entries(facts).map(([name, value]) => html` data-${name}="${value}"`)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Clyra</title>
${onward === undefined ? null : html`<meta http-equiv="refresh" content="0;url=${onward}">`}
<link rel="stylesheet" href="/approve/assets/door.css">
${[...(script === undefined ? [] : [script]), ...(signedIn ? ['logout.mjs'] : [])].map(
  (file) => html`<script type="module" src="/approve/assets/${file}"></script>
`,
)}</head>
<body>
<header><a href="/approve">Clyra</a> <span>the approver’s door</span>${signedIn ? html` <button type="button" id="logout" class="plain" hidden>Sign out</button>` : null}</header>
<main${data}>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.markup
}

/** A text of somebody else's: what would hide, reorder or be obeyed is written out, and its direction ends with it. */
export const foreign = (text: string): Html => html`<bdi>${visible(text)}</bdi>`

/** An instant, for people. */
export const instant = (time: string): Html => html`<time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time>`

/** Where scripts say what came of it; screen readers hear it. */
export const said: Html = html`<div id="said" role="status"></div>`

const noScript = (what: string): Html =>
  html`<noscript><p class="notice">${what} needs JavaScript: only the browser can reach your passkey.</p></noscript>`

/** `issuer` is the host of the company's sign-on, null where none is configured. */
export const enrollPage = (rpId: string, issuer: string | null): Page => ({
  title: issuer === null ? 'Enrol your passkey' : 'Enrol your passkey, link your account',
  script: 'enroll.mjs',
  facts: { 'rp-id': rpId },
  body: html`${noScript('Enrolling')}
<section id="invited" hidden>
<p>You are invited to decide about changes as <strong id="person"></strong>. Your passkey will sign your decisions; its secret is never sent here.</p>
<button type="button" id="create">Create a passkey</button>
${
  issuer === null
    ? null
    : html`<p>Your account of ${issuer} can sign them, too, and some changes want both. This invitation is good for each of them once. Begin with the passkey: linking leads away from this page.</p>
<button type="button" id="account">Link your account</button>
`
}</section>
${said}
<p id="done" hidden><a href="/approve">Sign in and see what waits for you</a></p>`,
})

/** `issuer` is the host of the company's sign-on, null where none is configured; `to` is where the person stands. */
export const loginPage = (rpId: string, token: string, issuer: string | null, to: string): Page => ({
  title: 'Sign in',
  script: 'login.mjs',
  facts: { 'rp-id': rpId, token },
  body: html`${issuer === null ? null : html`<p><a href="/approve/sign-on?to=${encodeURIComponent(to)}">Sign in with ${issuer}</a></p>`}
${noScript('Signing in with a passkey')}
<section id="with-script" hidden>
<p>Sign in with the passkey you enrolled. If you have none, ask an administrator for an invitation.</p>
<button type="button" id="login">Sign in with a passkey</button>
</section>
${said}`,
})

/** Ends a callback. Only from a page of this door does a browser take the session's cookie along. */
export const onwardPage = (to: string): Page => ({
  title: 'Signed on',
  onward: to,
  body: html`<p><a href="${to}">Go on</a></p>`,
})

/** Before a browser leaves for a terminal: whoever did not ask for it stops here. */
export const terminalPage = (person: string, go: string): Page => ({
  title: 'A terminal asks you to sign on',
  body: html`<p>A terminal on this computer asks ${person === '' ? 'who you are' : html`${foreign(person)} to sign a decision`}. It gets what your sign-on says.</p>
<p class="notice">Go on only if you have started it yourself, just now. If somebody sent you this address, close the page.</p>
<p><a href="${go}">Go on to sign on</a></p>`,
})

/** Where the address of a direct message leads; the person sees whose Slack user it is before he signs on. */
export const slackPage: Page = {
  title: 'Link your Slack user',
  script: 'slack.mjs',
  body: html`<noscript><p class="notice">Linking needs JavaScript: your address stays in the browser until you go on.</p></noscript>
<section id="asked" hidden>
<p>The Slack user <strong id="user"></strong> will count as you: whoever uses it can deny changes in your name, and approve none.</p>
<p class="notice">Go on only if this is your own Slack user. If somebody sent you this address, close the page.</p>
<button type="button" id="link">Sign on and link</button>
</section>
${said}`,
}

export const slackLinkedPage = ({ person, user_id, expires_at }: SlackLink): Page => ({
  title: 'Your Slack user is linked',
  body: html`<p>The Slack user <strong>${user_id}</strong> counts as ${foreign(person)} until ${instant(expires_at)}. If that is wrong, ask an administrator to unlink it.</p>`,
})

export const waitingPage = (person: string, waiting: readonly Waiting[]): Page => ({
  title: 'What waits for you',
  signedIn: true,
  body: html`<p>You are signed in as ${foreign(person)}.</p>
${waiting.length === 0 ? html`<p>Nothing waits for your decision.</p>` : html`<ul class="cards">${waiting.map(card)}</ul>`}
${said}`,
})

const card = ({ row, verdict, approvals }: Waiting): Html => html`<li>
<a href="/approve/${row.change_id}">${row.target}: ${foreign(row.reason)}</a>
<p>asked by ${foreign(row.requester.person ?? row.requester.actor)}${row.claimed_person === null ? null : html`, claimed for ${foreign(row.claimed_person)}`} · ${estimate(verdict.facts.estimated_rows)} · ${approvals} of ${verdict.quorum} approvals${verdict.deadline === null ? null : html` · until ${instant(verdict.deadline)}`}</p>
<p class="id">${row.change_id}</p>
</li>`

/** The number of rows a change is expected to touch. */
export const estimate = (rows: number | null): string =>
  rows === null ? 'unknown number of rows' : `about ${rows} ${rows === 1 ? 'row' : 'rows'}`

export const errorPage = ({ title, detail, code, remediation }: Problem, signedIn: boolean): Page => ({
  title,
  signedIn,
  body: html`<div class="failed"><p><code>${code}</code>: ${visible(detail)}</p><p>${remediation}</p></div>
<p><a href="/approve">What waits for you</a></p>
${said}`,
})
