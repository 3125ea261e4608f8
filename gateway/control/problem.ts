// Every answer that is not a success is a problem (RFC 9457), whoever raised it.
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { ClyraError, errorKind } from '../../core/errors.ts'
import type { Problem } from '../../core/generated/types.ts'
import type { GatewayLog } from './deps.ts'

/** Seconds a caller is asked to wait where the gateway cannot know better. */
export const retryAfterSeconds = 1

/** The problem of an error. What is not a ClyraError shows nothing of itself: its text may hold values. */
export function problemOf(error: unknown, requestId: string): Problem {
  const { code, message, faults } = asClyraError(error)
  const { http, retryable, remedy } = errorKind(code)
  return {
    type: `https://clyra.dev/errors/${code}`,
    title: STATUS_CODES[http] ?? 'Error',
    status: http,
    detail: message.slice(0, 2000),
    code,
    retryable,
    remediation: remedy,
    instance: `urn:uuid:${requestId}`,
    ...(faults.length === 0 ? {} : { errors: faults.map((fault) => ({ ...fault })) }),
  }
}

/** Sends the problem of an error, with the headers its status asks for, and logs it when it is ours to mend. */
export function sendProblem(log: GatewayLog, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = problemOf(error, request.id)
  if (problem.status >= 500) log.error({ request_id: request.id, code: problem.code, ...traceOf(error) }, 'request failed')
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  if (problem.status === 503) reply.header('retry-after', retryAfterSeconds)
  reply.code(problem.status).type('application/problem+json').send(problem)
}

// Fastify's own errors carry a status and, in their text, pieces of the request.
function asClyraError(error: unknown): ClyraError {
  if (error instanceof ClyraError) return error
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (status === 413) return new ClyraError('CLYRA_API_TOO_LARGE', 'expected a body of at most 2 MiB')
  if (status === 415) return new ClyraError('CLYRA_API_MEDIA_TYPE', 'expected the media type application/json')
  if (typeof status === 'number' && status >= 400 && status < 500)
    return new ClyraError('CLYRA_API_INVALID', 'expected a well-formed request with a JSON body')
  return new ClyraError('CLYRA_INTERNAL', 'unexpected error; the gateway log has it by request id')
}

// Names and places, not texts: the text of a foreign error may hold values.
function traceOf(error: unknown): object {
  if (error instanceof ClyraError) return { detail: error.message, ...(error.cause === undefined ? {} : { cause: traceOf(error.cause) }) }
  const { name, code, stack } = error as { name?: string; code?: unknown; stack?: string }
  const at = stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 8)
  return { error: name, error_code: typeof code === 'string' || typeof code === 'number' ? code : undefined, at }
}

/** Answers what is not even HTTP, before there is a request, and closes the connection. */
export function answerBrokenRequest(error: { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const body = JSON.stringify(problemOf(new ClyraError('CLYRA_API_INVALID', 'expected a well-formed HTTP request'), uuidv7()))
  const head = `HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}`
  socket.end(`${head}\r\nconnection: close\r\n\r\n${body}`)
}
