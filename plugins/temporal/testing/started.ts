// A gateway for the tests of one file, and the activities over it. Imported once a file: it starts and stops with it.
import { afterAll, beforeEach } from '@jest/globals'
import { clyraActivities } from '../activities.ts'
import { type Around, environmentOf, optionsOf } from './environment.ts'
import { startGateway } from './gateway.ts'
import { changeId } from './story.ts'

export const gateway = await startGateway()
afterAll(() => gateway.close())
beforeEach(() => {
  gateway.asked.length = 0
})

export const activities = clyraActivities(optionsOf(gateway.url))
export const under = (around?: Around) => environmentOf(gateway.url, around)
export const lines = () => gateway.asked.map(({ line }) => line)
export const wait = (until: 'grant' | 'end') => (id: string) => activities.clyraWait(id, until)
export const self = `/v1/changes/${changeId}`
