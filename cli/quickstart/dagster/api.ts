// What the quickstart and the tests ask of Dagster's own GraphQL.
import { ClyraError } from '../../../core/errors.ts'

export interface Run {
  runId: string
  status: string
  rootRunId: string | null
  parentRunId: string | null
  tags: { key: string; value: string }[]
}

/** What a run has to say, in its order: messages, and what its steps came to. */
export interface RunEvent {
  kind: string
  message: string
  stepKey: string | null
  eventType: string | null
}

export type DagsterApi = ReturnType<typeof dagsterApi>

const runFields = 'runId status rootRunId parentRunId tags { key value }'

/** A client of one webserver. Each call rejects with CLYRA_CONFIG_START_FAILED when Dagster answers an error. */
export function dagsterApi(url: string) {
  const ask = async <T>(query: string, variables: object = {}): Promise<T> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) }
    const answer = (await (await fetch(`${url}/graphql`, init)).json()) as { data: T | null; errors?: { message: string }[] }
    if (answer.errors || answer.data === null) throw fault(JSON.stringify(answer.errors))
    return answer.data
  }
  /** The answer of a mutation, when it is of the wanted type. */
  const change = async <T>(wanted: string, query: string, variables: object): Promise<T> => {
    const [answer] = Object.values(await ask<Record<string, { __typename: string; message?: string }>>(query, variables))
    if (answer?.__typename !== wanted) throw fault(`${answer?.__typename}: ${answer?.message ?? ''}`)
    return answer as T
  }
  const places = async () => {
    const query = '{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }'
    type Answer = { repositoriesOrError: { nodes?: { name: string; location: { name: string } }[] } }
    return (await ask<Answer>(query)).repositoriesOrError.nodes ?? []
  }
  const place = async () => {
    const [found] = await places()
    if (found === undefined) throw fault('no code location')
    return { repositoryName: found.name, repositoryLocationName: found.location.name }
  }
  return {
    ask,
    isLoaded: async () => (await places().catch(() => [])).length > 0,
    isDaemonHealthy: async () => {
      const query = '{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }'
      type Answer = { instance: { daemonHealth: { allDaemonStatuses: { required: boolean; healthy: boolean | null }[] } } }
      const { instance } = await ask<Answer>(query)
      return instance.daemonHealth.allDaemonStatuses.every(({ required, healthy }) => !required || healthy === true)
    },
    /** Launches a job; answers the run's id. */
    launch: async (job: string, { config = {}, tags = {} }: { config?: object; tags?: Record<string, string> } = {}): Promise<string> => {
      const executionParams = {
        selector: { ...(await place()), jobName: job },
        runConfigData: config,
        executionMetadata: { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) },
      }
      const query = `mutation($executionParams: ExecutionParams!) { launchRun(executionParams: $executionParams) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } ... on RunConfigValidationInvalid { errors { message } } } }`
      return (await change<{ run: { runId: string } }>('LaunchRunSuccess', query, { executionParams })).run.runId
    },
    reexecute: async (parentRunId: string, strategy: 'FROM_FAILURE' | 'ALL_STEPS'): Promise<string> => {
      const query = `mutation($reexecutionParams: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $reexecutionParams) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }`
      const reexecutionParams = { parentRunId, strategy, useParentRunTags: true }
      return (await change<{ run: { runId: string } }>('LaunchRunSuccess', query, { reexecutionParams })).run.runId
    },
    terminate: (runId: string) =>
      change<object>(
        'TerminateRunSuccess',
        `mutation($runId: String!) { terminateRun(runId: $runId) { __typename ... on TerminateRunFailure { message } ... on PythonError { message } } }`,
        { runId },
      ),
    run: async (runId: string): Promise<Run> => {
      const query = `query($runId: ID!) { runOrError(runId: $runId) { __typename ... on Run { ${runFields} } } }`
      return (await ask<{ runOrError: Run }>(query, { runId })).runOrError
    },
    /** The runs of a job, latest first. */
    runs: async (job: string): Promise<Run[]> => {
      const query = `query($filter: RunsFilter!) { runsOrError(filter: $filter) { ... on Runs { results { ${runFields} } } } }`
      return (await ask<{ runsOrError: { results: Run[] } }>(query, { filter: { pipelineName: job } })).runsOrError.results
    },
    events: async (runId: string): Promise<RunEvent[]> => {
      const query = `query($runId: ID!) { logsForRun(runId: $runId) { ... on EventConnection { events {
        kind: __typename ... on MessageEvent { message stepKey eventType }
        ... on ExecutionStepFailureEvent { error { message cause { message } } failureMetadata { metadataEntries { label ${entryText} } } } } } } }`
      return (await ask<{ logsForRun: { events: RunEvent[] } }>(query, { runId })).logsForRun.events
    },
    /** The time of a sensor's latest tick that is over; it grows with each. */
    lastTick: async (sensorName: string): Promise<number> => {
      const query = `query($sensorSelector: SensorSelector!) { sensorOrError(sensorSelector: $sensorSelector) { ... on Sensor { sensorState {
        ticks(limit: 1, statuses: [SUCCESS, SKIPPED]) { timestamp } } } } }`
      type Answer = { sensorOrError: { sensorState: { ticks: { timestamp: number }[] } } }
      const { sensorOrError } = await ask<Answer>(query, { sensorSelector: { ...(await place()), sensorName } })
      return sensorOrError.sensorState.ticks[0]?.timestamp ?? 0
    },
    /** Runs that last materialised an asset, latest first, each with its metadata. */
    materializations: async (asset: string): Promise<{ runId: string; metadata: Record<string, string> }[]> => {
      const query = `query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset { assetMaterializations(limit: 20) {
        runId metadataEntries { label ${entryText} } } } } }`
      type Entry = { label: string; text?: string; url?: string }
      type Answer = { assetOrError: { assetMaterializations?: { runId: string; metadataEntries: Entry[] }[] } }
      const { assetOrError } = await ask<Answer>(query, { key: { path: [asset] } })
      return (assetOrError.assetMaterializations ?? []).map(({ runId, metadataEntries }) => ({
        runId,
        metadata: Object.fromEntries(metadataEntries.map(({ label, text, url }) => [label, url ?? text ?? ''])),
      }))
    },
  }
}

const entryText = '... on TextMetadataEntry { text } ... on UrlMetadataEntry { url }'
const fault = (text: string) => new ClyraError('CLYRA_CONFIG_START_FAILED', `Dagster answered an error: ${text.slice(0, 500)}`)
