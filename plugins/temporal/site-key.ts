// What makes a repeated request of a workflow the same request.
import { hash } from 'node:crypto'
import { canonical, type Json } from '../../core/canonical.ts'
import { ClyraError } from '../../core/errors.ts'

/** A workflow as the server knows it, over all of its runs. */
export interface Site {
  namespace: string
  workflowId: string
  firstRunId: string
}

const printable = /^[!-~](?:[ -~]{0,198}[!-~])?$/

/**
 * `temporal:{namespace}:{workflow id}:{first run id}:{name}:{digest of args}`; where that is longer than a site key may be, holds other than
 * ASCII, or could be read in two ways, `temporal:` and the SHA-256 of its parts. CLYRA_TEMPORAL_CHANGE where args are not canonical JSON.
 */
export function siteKeyOf({ namespace, workflowId, firstRunId }: Site, name: string, args: Json): string {
  const parts = [namespace, workflowId, firstRunId, name, digestOf(args)]
  const key = ['temporal', ...parts].join(':')
  const plain = printable.test(key) && !namespace.includes(':') && !name.includes(':')
  return plain ? key : `temporal:${hash('sha256', canonical(parts), 'hex')}`
}

function digestOf(args: Json): string {
  try {
    return hash('sha256', canonical(args), 'hex')
  } catch {
    throw new ClyraError(
      'CLYRA_TEMPORAL_CHANGE',
      'expected arguments that are canonical JSON (integers, text, lists, plain objects), found others',
    )
  }
}
