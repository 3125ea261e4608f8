// /v1/slack/links: which Slack user is whom. An admin asks and ends; the person alone links himself, by signing on.
import type { FastifyInstance } from 'fastify'
import type { Fault } from '../../../core/errors.ts'
import type { SlackAskedView, SlackLinkView } from '../../../core/generated/types.ts'
import type { SlackLink } from '../../../ledger/slack-links.ts'
import { askToLink } from '../../door/slack-link.ts'
import { actorOf, allow, anyone } from '../auth.ts'
import type { GatewayDeps } from '../deps.ts'
import { type Parameters, textOf } from '../query.ts'
import { demandBody, demandNone } from '../validate.ts'

const viewOf = ({ generation: _, ...link }: SlackLink): SlackLinkView => link

export function slackRoutes(app: FastifyInstance, deps: GatewayDeps): void {
  const onRequest = allow(deps, ['admin'])

  app.post('/v1/slack/links', { onRequest }, async ({ principal, body }, reply): Promise<SlackAskedView> => {
    const asked = await askToLink(deps, principal, demandBody('slack_link_request', body).user_id)
    reply.code(201)
    return asked
  })

  app.get('/v1/slack/links', { onRequest: allow(deps, anyone) }, async ({ principal }) => ({
    links: (await deps.ledger.slackLinks.list(principal.tenant)).map(viewOf),
  }))

  app.delete<{ Params: { team_id: string; user_id: string }; Querystring: Parameters }>(
    '/v1/slack/links/:team_id/:user_id',
    { onRequest },
    async ({ principal, params, query }): Promise<SlackLinkView> => {
      const faults: Fault[] = []
      const reason = textOf(query, 'reason', 500, faults)
      demandNone(faults)
      return viewOf(await deps.ledger.slackLinks.unlink(principal.tenant, params, reason, actorOf(principal)))
    },
  )
}
