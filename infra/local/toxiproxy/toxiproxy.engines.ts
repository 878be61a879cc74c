import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startToxiproxy, type LocalToxiproxy, type Proxy } from './toxiproxy.ts'

const directory = mkdtempSync(join(tmpdir(), 'pulsewire-toxiproxy-test-'))
const echo: Server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket))
let toxiproxy: LocalToxiproxy
let proxy: Proxy

async function connected(): Promise<Socket> {
  const socket = connect(proxy.port, proxy.host)
  await once(socket, 'connect')
  return socket
}

async function echoed(socket: Socket, text: string): Promise<string> {
  socket.write(text)
  const [answer] = await once(socket, 'data')
  return String(answer)
}

beforeAll(async () => {
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  toxiproxy = await startToxiproxy({ directory, temporary: true })
  proxy = await toxiproxy.proxy('echo', `127.0.0.1:${(echo.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await toxiproxy?.kill()
  echo.close()
  rmSync(directory, { recursive: true, force: true })
})

describe('a local Toxiproxy', () => {
  it('lets through what nothing disturbs', async () => {
    const socket = await connected()
    expect(await echoed(socket, 'hello')).toBe('hello')
    socket.destroy()
  })

  it('closes connections and refuses new ones while it is cut', async () => {
    const socket = await connected()
    const closed = once(socket, 'close')
    await proxy.cut()
    await closed
    await expect(connected()).rejects.toThrow('ECONNREFUSED')
    await proxy.mend()
    const again = await connected()
    expect(await echoed(again, 'back')).toBe('back')
    again.destroy()
  })

  it('hangs without closing, until it is healed', async () => {
    const socket = await connected()
    await proxy.hang()
    let closed = false
    let answered = false
    socket.once('close', () => (closed = true)).once('data', () => (answered = true))
    socket.write('anybody?')
    // Longer than the answer of an undisturbed way takes, so that silence says something.
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect({ closed, answered }).toEqual({ closed: false, answered: false })
    await proxy.heal()
    const again = await connected()
    expect(await echoed(again, 'back')).toBe('back')
    again.destroy()
    socket.destroy()
  })
})
