// Tickets as files: the tracker of an installation that has none. JSON for machines, CSV for spreadsheets, Markdown for people.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { canonical } from '../../core/canonical.ts'
import type { Ticketer, TicketRequest } from '../../core/ports.ts'
import { csvTicket } from '../../core/tickets/csv.ts'
import { markdownTicket } from '../../core/tickets/markdown.ts'

/** Writes `<change_id>-<attempt>.{json,csv,md}` into `dir`, which is made when needed. The reference is `<change_id>-<attempt>`. */
export function fileTicketer(dir: string): Ticketer {
  return {
    tracker: 'files',
    async open(request) {
      const reference = `${request.change_id}-${request.attempt}`
      // JSON comes last: where it stands, the ticket is whole, and the first one stays.
      if (!(await isOpen(dir, reference, request))) {
        await mkdir(dir, { recursive: true })
        await put(dir, `${reference}.csv`, csvTicket(request))
        await put(dir, `${reference}.md`, markdownTicket(request))
        await put(dir, `${reference}.json`, `${canonical(request)}\n`)
      }
      return { reference }
    },
  }
}

async function isOpen(dir: string, reference: string, { bundle_id }: TicketRequest): Promise<boolean> {
  try {
    const known = JSON.parse(await readFile(join(dir, `${reference}.json`), 'utf8')) as TicketRequest
    return known.bundle_id === bundle_id
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

async function put(dir: string, file: string, text: string): Promise<void> {
  const partial = join(dir, `.${file}.${randomUUID()}.part`)
  await writeFile(partial, text)
  await rename(partial, join(dir, file))
}
