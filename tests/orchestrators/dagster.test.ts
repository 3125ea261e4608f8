// The real Dagster against the real stack: whatever happens to either of them, one change, and its effect exactly once.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { verifiers } from '../../cli/quickstart/check.ts'
import { isDagsterInstalled } from '../../cli/quickstart/dagster/launch.ts'
import { filesBelow } from '../support/leaks.ts'
import { type Suite, startSuite } from './dagster/suite.ts'

const describeDagster = isDagsterInstalled() ? describe : describe.skip
const title = isDagsterInstalled() ? 'Dagster' : 'Dagster (no .venv-dagster: make python)'

describeDagster(title, () => {
  let suite: Suite

  beforeAll(async () => {
    suite = await startSuite()
  }, 120_000)

  afterAll(async () => {
    await suite?.stop()
  }, 60_000)

  test('a change is approved: materialised, checked, with its links; what is downstream follows', async () => {
    const known = await suite.changes()
    const row = await suite.launch('in_one_process', { tags: { 'dagster/user': 'ana@shop.example' } })
    const change = await suite.waiting(known)
    expect(change).toMatchObject({ source: 'dagster', claimed_person: 'ana@shop.example', requester: { actor: 'pipeline' } })
    expect(await suite.status(row.run)).toBe('STARTED')
    expect(await suite.approve(change)).toBe(0)
    expect(await suite.ended(row.run)).toBe('SUCCESS')
    const [made] = await suite.dagster.api.materializations('governed')
    const end = (await suite.changes()).find(({ change_id }) => change_id === change.change_id)
    expect(made).toMatchObject({
      runId: row.run,
      metadata: {
        'dagster-clyra/change_id': change.change_id,
        'dagster-clyra/outcome': 'enforced',
        'dagster-clyra/payload_digest': change.payload_digest,
        'dagster-clyra/bundle_id': end?.bundle_id,
        'dagster-clyra/change_url': change.links.page,
        'dagster-clyra/run_url': change.links.temporal,
      },
    })
    expect((await suite.dagster.api.materializations('downstream')).map(({ runId }) => runId)).toEqual([row.run])
    expect(await suite.effect(row)).toBe(1)
    expect((await suite.changes()).length).toBe(known.length + 1)
  }, 60_000)

  test('every file of evidence is valid for both verifiers', () => {
    const files = filesBelow(join(suite.stack.home, '.clyra/evidence'))
    for (const file of files)
      for (const { name, verify } of verifiers()) expect([name, verify(file).verdict, verify(file).failed]).toEqual([name, 'valid', null])
    expect(files.length).toBeGreaterThan(0)
  })
})
void [readFileSync, writeFileSync]
