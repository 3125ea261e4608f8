// A click as Slack tells of it. Only what is needed is read; the rest, `response_url` above all, is left alone: whoever holds that address
// could write into the channel with it, and one that came in by a request is no place to send anything to.
import { ClyraError } from '../../core/errors.ts'

/** Who clicked what, where. `about` is null for a button that decides nothing. */
export interface Click {
  /** Teams the click and its user say they are of; all must be the bot's. */
  teams: string[]
  user_id: string
  channel_id: string
  about: { change_id: string; attempt: number } | null
}

/** The click in a form body (`payload=<JSON>`). CLYRA_SLACK_MALFORMED for whatever is no click on a button of ours. */
export function clickOf(body: Uint8Array): Click {
  const payload = objectOf(parsed(new URLSearchParams(Buffer.from(body).toString('utf8')).get('payload')))
  const [action, ...more] = Array.isArray(payload.actions) ? payload.actions : []
  if (payload.type !== 'block_actions' || more.length > 0) throw malformed()
  const user = objectOf(payload.user)
  const [team, from] = [idOf(objectOf(payload.team).id, teamForm), idOf(user.team_id, teamForm)]
  return {
    teams: [team, from],
    user_id: idOf(user.id, /^[UW][A-Z0-9]{2,30}$/),
    channel_id: idOf(objectOf(payload.channel).id, /^[CG][A-Z0-9]{2,30}$/),
    about: aboutOf(objectOf(action)),
  }
}

const teamForm = /^[TE][A-Z0-9]{2,30}$/
const valueForm = /^(chg_[a-z2-7]{26})\/([1-9][0-9]{0,8})$/

function aboutOf({ action_id, value }: Record<string, unknown>): Click['about'] {
  if (action_id === 'clyra_open') return null
  const found = typeof value === 'string' ? valueForm.exec(value) : null
  if (action_id !== 'clyra_deny' || found === null) throw malformed()
  return { change_id: found[1] as string, attempt: Number(found[2]) }
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    throw malformed()
  }
}

function objectOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed()
  return value as Record<string, unknown>
}

function idOf(value: unknown, form: RegExp): string {
  if (typeof value !== 'string' || !form.test(value)) throw malformed()
  return value
}

const malformed = () => new ClyraError('CLYRA_SLACK_MALFORMED', 'expected a click on a button of a message of ours, found something else')
