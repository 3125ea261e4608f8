// Temporal as Clyra needs it: reachable, with the namespace, the search attributes and somebody who polls.
import { Connection, type ConnectionOptions } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'
import { searchAttributes, taskQueue } from '../core/messages.ts'
import { readEnvironment, readRunFile } from '../runtime/config.ts'
import { type Check, fail, ok, warn } from './checks.ts'

// temporal.api.enums.v1.IndexedValueType
const typeNames = ['', 'Text', 'Keyword', 'Int', 'Double', 'Bool', 'Datetime', 'KeywordList']
// temporal.api.enums.v1.TaskQueueType
const workflowQueue = 1

interface Place {
  options: ConnectionOptions
  namespace: string
  source: string
}

/** Temporal's own configuration where TEMPORAL_ADDRESS is set, else the local stack's. Stops at the first check that leaves nothing to ask. */
export async function temporalChecks(): Promise<Check[]> {
  const { options, namespace, source } = placeOf()
  const address = options.address ?? 'localhost:7233'
  let connection: Connection
  try {
    connection = await Connection.connect({ ...options, connectTimeout: 5000 })
  } catch {
    return [fail('server', `nobody answers at ${address} (${source})`, 'Start the stack with `clyra up`, or set TEMPORAL_ADDRESS.')]
  }
  try {
    const { serverVersion } = await connection.workflowService.getSystemInfo({})
    const server = ok('server', `${address} (${source}), version ${serverVersion}`)
    const known = await namespaceCheck(connection, namespace)
    return known.status === 'fail'
      ? [server, known]
      : [server, known, ...(await attributeChecks(connection, namespace)), await pollerCheck(connection, namespace)]
  } finally {
    await connection.close()
  }
}

function placeOf(): Place {
  const running = readRunFile()
  if (readEnvironment().TEMPORAL_ADDRESS === undefined && running !== null) {
    const { address, namespace } = running.temporal
    return { options: { address }, namespace, source: 'run.json' }
  }
  const { connectionOptions, namespace } = loadClientConnectConfig()
  return { options: connectionOptions, namespace: namespace ?? 'default', source: 'Temporal configuration' }
}

async function namespaceCheck(connection: Connection, namespace: string): Promise<Check> {
  try {
    await connection.workflowService.describeNamespace({ namespace })
    return ok('namespace', namespace)
  } catch {
    return fail('namespace', `no namespace ${namespace}`, `Run: temporal operator namespace create --namespace ${namespace}`)
  }
}

async function attributeChecks(connection: Connection, namespace: string): Promise<Check[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace })
  return Object.entries(searchAttributes).map(([name, type]) => {
    const found = typeNames[customAttributes?.[name] ?? 0] ?? 'unknown'
    const remedy = `Run: temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`
    return found === type ? ok(name, type) : fail(name, found === '' ? 'not registered' : `registered as ${found}`, remedy)
  })
}

async function pollerCheck(connection: Connection, namespace: string): Promise<Check> {
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: workflowQueue }
  const { pollers } = await connection.workflowService.describeTaskQueue(request)
  const count = pollers?.length ?? 0
  return count > 0
    ? ok('worker', `${count} polling ${taskQueue}`)
    : warn('worker', `nobody polls ${taskQueue}`, 'Start one with `clyra worker`.')
}
