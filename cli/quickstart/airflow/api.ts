// What the quickstart and the tests ask of Airflow's own REST API.

export interface TaskInstance {
  state: string | null
  try_number: number
  pid: number | null
  /** Who waits for it, once a triggerer has taken it up. */
  triggerer_job: object | null
}

export type AirflowApi = Awaited<ReturnType<typeof airflowApi>>

/** A client that is logged in. Each call rejects when Airflow answers an error. */
export async function airflowApi(url: string, username: string, password: string) {
  const login = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username, password }) }
  const { access_token: token } = (await (await fetch(`${url}/auth/token`, login)).json()) as { access_token?: string }
  if (token === undefined) throw new Error(`expected Airflow to let ${username} in, found no token`)
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const answer = await fetch(`${url}/api/v2${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`expected Airflow to take ${method} ${path}, found ${answer.status}: ${text.slice(0, 300)}`)
    return (text === '' ? null : JSON.parse(text)) as T
  }
  const run = (dag: string, id: string) => `/dags/${dag}/dagRuns/${encodeURIComponent(id)}`
  const task = (dag: string, id: string, name: string) => `${run(dag, id)}/taskInstances/${name}`
  return {
    call,
    isKnown: async (dag: string) =>
      (await call<{ dags: { dag_id: string }[] }>('GET', '/dags?limit=100')).dags.some(({ dag_id }) => dag_id === dag),
    trigger: async (dag: string, conf: object = {}) =>
      (await call<{ dag_run_id: string }>('POST', `/dags/${dag}/dagRuns`, { logical_date: null, conf })).dag_run_id,
    runState: async (dag: string, id: string) => (await call<{ state: string }>('GET', run(dag, id))).state,
    /** Ends a whole run. */
    endRun: (dag: string, id: string, state: 'failed' | 'success') => call('PATCH', run(dag, id), { state }),
    task: (dag: string, id: string, name: string) => call<TaskInstance>('GET', task(dag, id, name)),
    mark: (dag: string, id: string, name: string, state: 'failed' | 'success') => call('PATCH', task(dag, id, name), { new_state: state }),
    clear: (dag: string, id: string, names: string[]) =>
      call('POST', `/dags/${dag}/clearTaskInstances`, {
        dry_run: false,
        dag_run_id: id,
        task_ids: names,
        only_failed: false,
        reset_dag_runs: true,
      }),
    links: async (dag: string, id: string, name: string) =>
      (await call<{ extra_links: Record<string, string | null> }>('GET', `${task(dag, id, name)}/links`)).extra_links,
    xcom: async <T>(dag: string, id: string, name: string, key = 'return_value') =>
      (await call<{ value: T }>('GET', `${task(dag, id, name)}/xcomEntries/${key}?deserialize=false`)).value,
    /** All lines a try has logged, its waiting in the triggerer included. */
    log: async (dag: string, id: string, name: string, tryNumber: number) =>
      JSON.stringify(await call<object>('GET', `${task(dag, id, name)}/logs/${tryNumber}?full_content=true`)),
    pool: () => call<{ occupied_slots: number; running_slots: number; deferred_slots: number }>('GET', '/pools/default_pool'),
  }
}
