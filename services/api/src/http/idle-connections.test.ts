import { createServer } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { boundIdleConnections } from './idle-connections.ts'

const sockets: Socket[] = []
let stop = (): Promise<void> => Promise.resolve()
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await stop()
})

async function startServer(max: number): Promise<number> {
  const server = createServer((request, response) => {
    if (request.url === '/slow') return
    response.end('ok')
  })
  boundIdleConnections(server, max)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stop = () => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(() => resolve()))
  }
  return (server.address() as AddressInfo).port
}

interface Connection {
  closed: boolean
  heard: string
}

async function open(port: number, text = ''): Promise<Connection> {
  const state: Connection = { closed: false, heard: '' }
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.setEncoding('utf8').on('data', (chunk: string) => (state.heard += chunk))
  socket.on('error', () => socket.destroy())
  socket.on('close', () => (state.closed = true))
  await new Promise((resolve) => socket.once('connect', resolve))
  if (text !== '') socket.write(text)
  return state
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

describe('connections on which nothing is asked', () => {
  test('are bounded, the oldest goes first, and one that waits for its answer stays', async () => {
    const port = await startServer(3)
    const waiting = await open(port, get('/slow'))
    const answered = await open(port, get('/'))
    await vi.waitFor(() => expect(answered.heard).toContain('200 OK'))
    const silent: Connection[] = []
    for (const text of ['', 'GET / HT', '', 'GET / HTTP/1.1\r\nHo', '']) silent.push(await open(port, text))
    await vi.waitFor(() => {
      expect([answered, ...silent].map(({ closed }) => closed)).toEqual([true, true, true, false, false, false])
    })
    expect(waiting.closed).toBe(false)
    const late = await open(port, get('/'))
    await vi.waitFor(() => expect(late.heard).toContain('200 OK'))
  })
})
