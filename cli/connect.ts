// Which gateway, with which token: option, then environment, then what the local stack wrote down.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Argv } from 'yargs'
import { ClyraError } from '../core/errors.ts'
import { readEnvironment, readRunFile, stateDir } from '../runtime/config.ts'
import { type Client, type Connection, createClient } from './client.ts'

export interface ConnectOptions {
  gateway: string | undefined
  tokenFile: string | undefined
}

/** Adds `--gateway` and `--token-file`. */
export const withConnection = <A>(yargs: Argv<A>) =>
  yargs
    .option('gateway', { type: 'string', describe: 'Address of the gateway (else CLYRA_GATEWAY, else the running local stack)' })
    .option('token-file', { type: 'string', describe: 'File with the bearer token (else CLYRA_TOKEN, else the local default)' })

/** A client of the gateway. `fallback` is the token of the local stack used when none is named. CLYRA_API_UNREACHABLE, CLYRA_CLI_FILE. */
export function connect(options: ConnectOptions, fallback: 'default' | 'admin' | { file: string } = 'default'): Client {
  const local = typeof fallback === 'string' ? join(stateDir(), 'keys', `${fallback}.token`) : fallback.file
  return createClient({ base: gatewayAddress(options.gateway), token: token(options.tokenFile, local) })
}

/** The gateway with the token that was named, null where none was. The same errors. */
export const connection = ({ gateway, tokenFile }: ConnectOptions): Connection => ({
  base: gatewayAddress(gateway),
  token: tokenFile === undefined ? (readEnvironment().CLYRA_TOKEN ?? null) : readTokenFile(tokenFile),
})

/** The address of the gateway. CLYRA_API_UNREACHABLE when no address is known, CLYRA_CLI_USAGE when it is none. */
export function gatewayAddress(option: string | undefined): string {
  const address = option ?? readEnvironment().CLYRA_GATEWAY ?? readRunFile()?.gateway
  if (address === undefined)
    throw new ClyraError('CLYRA_API_UNREACHABLE', 'expected --gateway, CLYRA_GATEWAY or a running local stack, found none')
  if (!URL.canParse(address)) throw new ClyraError('CLYRA_CLI_USAGE', `expected the gateway to be an address like http://127.0.0.1:8080`)
  return address
}

function token(file: string | undefined, local: string): string | null {
  if (file !== undefined) return readTokenFile(file)
  return readEnvironment().CLYRA_TOKEN ?? (existsSync(local) ? readTokenFile(local) : null)
}

function readTokenFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new ClyraError('CLYRA_CLI_FILE', `expected a token file at ${path}: ${(cause as NodeJS.ErrnoException).code}`, { cause })
  }
}
