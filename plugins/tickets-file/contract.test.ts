import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { ticketerContract, ticketOf } from '../../tests/contracts/ticketer.ts'
import { fileTicketer } from './index.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

const fresh = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'clyra-tickets-'))
  folders.push(folder)
  return join(folder, 'tickets')
}

ticketerContract(async () => {
  const dir = await fresh()
  const count = async () => (await readdir(dir)).filter((file) => file.endsWith('.json')).length
  return { ticketer: fileTicketer(dir), count }
})

describe('ticket files', () => {
  test('three files of one name, nothing else, and a second opening does not touch them', async () => {
    const dir = await fresh()
    const request = ticketOf('one')
    const { reference } = await fileTicketer(dir).open(request)
    const read = async () => {
      const files = (await readdir(dir)).sort()
      return Promise.all(files.map(async (file) => [file, await readFile(join(dir, file), 'utf8')]))
    }
    const first = await read()
    expect(first.map(([file]) => file)).toEqual(['csv', 'json', 'md'].map((type) => `${reference}.${type}`))
    expect(JSON.parse(first[1]?.[1] ?? '')).toEqual(request)
    expect(first[0]?.[1]).toContain(`"'=HYPERLINK`)
    await fileTicketer(dir).open({ ...request, sealed_at: '2027-01-01T00:00:00.000Z' })
    expect(await read()).toEqual(first)
  })
})
