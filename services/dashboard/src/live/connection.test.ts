import { describe, expect, it } from 'vitest'
import { type LiveSocket, SILENCE_MS, createLiveConnection } from './connection.ts'

function rig() {
  const sockets: (LiveSocket & { since: string | undefined; closed: boolean })[] = []
  const heard: string[] = []
  const counts = { silences: 0, refusals: 0 }
  let time = 0
  const connection = createLiveConnection({
    open(since) {
      const socket = { since, closed: false, onmessage: null, onclose: null, close: () => void (socket.closed = true) }
      sockets.push(socket)
      return socket
    },
    onMessage: (message) => heard.push(message.type),
    onSilence: () => (counts.silences += 1),
    onRefused: () => (counts.refusals += 1),
    now: () => time,
  })
  const say = (value: object) => sockets.at(-1)?.onmessage?.({ data: JSON.stringify(value) })
  const pass = (ms: number) => {
    for (const end = time + ms; time < end; time += 50) connection.check()
  }
  return { connection, sockets, heard, counts, say, pass, time: () => time }
}

describe('live connection', () => {
  it('says once that it is silent, within three seconds of the last message', () => {
    const { say, pass, counts } = rig()
    pass(100)
    say({ type: 'hello', serverTime: 1 })
    pass(SILENCE_MS - 100)
    expect(counts.silences).toBe(0)
    pass(3000 - SILENCE_MS + 100)
    expect(counts.silences).toBe(1)
    pass(5000)
    expect(counts.silences).toBe(1)
  })

  it('stays quiet while anything is heard, even what it does not know', () => {
    const { say, pass, counts, heard } = rig()
    pass(100)
    for (let second = 0; second < 10; second += 1) {
      say({ type: 'news' })
      pass(1000)
    }
    expect(counts.silences).toBe(0)
    expect(heard).toEqual([])
  })

  it('comes back with the position of the last message', () => {
    const { say, pass, sockets } = rig()
    pass(50)
    say({ type: 'hello', serverTime: 1, position: 'a' })
    say({ type: 'status', position: 'b' })
    say({ type: 'status' })
    sockets[0]?.onclose?.()
    pass(1000)
    expect(sockets.map((socket) => socket.since)).toEqual([undefined, 'b'])
  })

  it('gives up an open socket that stays silent and takes another', () => {
    const { pass, sockets, say } = rig()
    pass(50)
    say({ type: 'hello', serverTime: 1 })
    pass(7000)
    expect(sockets[0]?.closed).toBe(true)
    expect(sockets.length).toBeGreaterThanOrEqual(2)
  })

  it('asks about the session when a socket closes without a word, and tries again ever more slowly', () => {
    const { pass, sockets, counts } = rig()
    for (let i = 0; i < 100; i += 1) {
      pass(200)
      sockets.at(-1)?.onclose?.()
    }
    expect(counts.refusals).toBeGreaterThan(3)
    expect(sockets.length).toBeLessThan(15)
  })

  it('opens nothing after it was closed', () => {
    const { connection, pass, sockets } = rig()
    pass(50)
    connection.close()
    pass(10_000)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]?.closed).toBe(true)
  })
})
