// POST /v1/slack/interactions: where Slack sends clicks. It takes no token: the signature over the raw bytes says that it is Slack.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ClyraError, codeOf, errorKind } from '../../core/errors.ts'
import { boundedQueue } from '../control/bounded-queue.ts'
import type { GatewayDeps } from '../control/deps.ts'
import { problemOf, sendProblem } from '../control/problem.ts'
import { type Click, clickOf } from './click.ts'
import { answerClick } from './deny.ts'
import { refuse, refuseUnsigned } from './refusals.ts'
import { demandRecent, demandSigned, type SignedRequest } from './signature.ts'

const bodyLimit = 64 * 1024
/** Clicks that were taken and are not yet done. */
const mostAtOnce = 32

/** Registers the endpoint, where Slack is configured with its signing secret. */
export function addSlack(app: FastifyInstance, deps: GatewayDeps): void {
  const { slack, ledger, tenant } = deps
  if (slack === null) return
  const noteUnsigned = refuseUnsigned(deps)
  const working = new Set<Promise<void>>()
  // One after another for each change: the second of two clicks finds it decided.
  const inTurn = boundedQueue({ running: 1, waiting: mostAtOnce })

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'buffer', bodyLimit },
      async (_: FastifyRequest, body: Buffer) => body,
    )
    // One answer for all that is wrong with a request; what is wrong with us says so.
    scope.setErrorHandler((error, request, reply) =>
      sendProblem(deps.log, problemOf(error, request.id).status >= 500 ? error : refusal(), request, reply),
    )
    scope.addHook('onClose', async () => {
      await Promise.all(working)
    })

    const taken = async (signed: SignedRequest, requestId: string): Promise<Click> => {
      const { signature } = signed
      try {
        demandRecent(signed, await ledger.log.now())
        if (!(await ledger.singleUse.consume(tenant, 'slack_request', signature, requestId)))
          throw new ClyraError('CLYRA_SLACK_REPLAY', 'expected a request that was not sent before, found one that was')
        return clickOf(signed.body)
      } catch (error) {
        if (errorKind(codeOf(error)).http < 500) await refuse(deps, signature, codeOf(error))
        throw error
      }
    }

    scope.post('/v1/slack/interactions', { bodyLimit }, async (request, reply) => {
      const signed = signedOf(request)
      try {
        demandSigned(slack.signingSecret, signed)
      } catch (error) {
        await noteUnsigned(request.id)
        throw error
      }
      if (working.size >= mostAtOnce) throw new ClyraError('CLYRA_API_BUSY', `expected at most ${mostAtOnce} clicks at once`)
      const { promise: done, resolve: end } = Promise.withResolvers<void>()
      working.add(done)
      const leave = () => {
        working.delete(done)
        end()
      }
      const click = await taken(signed, request.id).catch((error: unknown) => {
        leave()
        throw error
      })
      void inTurn(click.about?.change_id ?? '', () => answerClick(deps, slack, click, signed.signature)).finally(leave)
      // Slack waits three seconds for this, and shows nothing of it.
      return reply.code(200).send()
    })
  })
}

const signedOf = ({ headers, body }: FastifyRequest): SignedRequest => ({
  timestamp: String(headers['x-slack-request-timestamp'] ?? ''),
  signature: String(headers['x-slack-signature'] ?? ''),
  body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
})

const refusal = () => new ClyraError('CLYRA_SLACK_SIGNATURE', 'expected a request of Slack’s, found another')
