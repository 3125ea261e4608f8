import type { FastifyReply } from 'fastify'
import { documentOf, type Page } from './pages.ts'

/** Sends a page. */
export const sendPage = (reply: FastifyReply, page: Page): FastifyReply => reply.type('text/html; charset=utf-8').send(documentOf(page))
