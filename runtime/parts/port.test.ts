import { createServer } from 'node:net'
import { expect, test } from '@jest/globals'
import { freePort, isFree } from './port.ts'

test('is below what outgoing connections take, and nobody listens there', async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, freePort))
  for (const port of ports) expect([port >= 20_000 && port < 32_000, await isFree(port)]).toEqual([true, true])
})

test('a port that somebody has is not free', async () => {
  const server = createServer()
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  expect(await isFree(port)).toBe(false)
  await new Promise((resolve) => server.close(resolve))
})
