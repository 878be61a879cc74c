import { describe, expect, it } from 'vitest'
import { type LiveSocketEvents, SILENCE_MS, createLiveConnection } from './connection.ts'

function rig() {
  const sockets: { since: string | undefined; events: LiveSocketEvents; isClosed: boolean }[] = []
  const heard: string[] = []
  const sent: string[] = []
  const counts = { silences: 0, refusals: 0 }
  let time = 0
  const connection = createLiveConnection({
    open(since, events) {
      const socket = {
        since,
        events,
        isClosed: false,
        send: (text: string) => void sent.push(text),
        close: () => void (socket.isClosed = true),
      }
      sockets.push(socket)
      return socket
    },
    onMessage: (message) => heard.push(message.type),
    onSilence: () => (counts.silences += 1),
    onRefused: () => (counts.refusals += 1),
    now: () => time,
  })
  const say = (value: object) => sockets.at(-1)?.events.text(JSON.stringify(value))
  const pass = (ms: number) => {
    for (const end = time + ms; time < end; time += 50) connection.check()
  }
  return { connection, sockets, heard, sent, counts, say, pass, time: () => time }
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
    sockets[0]?.events.closed()
    pass(1000)
    expect(sockets.map((socket) => socket.since)).toEqual([undefined, 'b'])
  })

  it('gives up an open socket that stays silent and takes another', () => {
    const { pass, sockets, say } = rig()
    pass(50)
    say({ type: 'hello', serverTime: 1 })
    pass(7000)
    expect(sockets[0]?.isClosed).toBe(true)
    expect(sockets.length).toBeGreaterThanOrEqual(2)
  })

  it('asks about the session when a socket closes without a word, and tries again ever more slowly', () => {
    const { pass, sockets, counts } = rig()
    for (let i = 0; i < 100; i += 1) {
      pass(200)
      sockets.at(-1)?.events.closed()
    }
    expect(counts.refusals).toBeGreaterThan(3)
    expect(sockets.length).toBeLessThan(15)
  })

  it('does not hear a socket that it has given up', () => {
    const { pass, sockets, heard, say } = rig()
    pass(50)
    say({ type: 'hello', serverTime: 1 })
    pass(7000)
    sockets[0]?.events.text('{"type":"status"}')
    sockets[0]?.events.closed()
    expect(heard).toEqual(['hello'])
    expect(sockets.at(-1)?.isClosed).toBe(false)
  })

  it('opens nothing after it was closed', () => {
    const { connection, pass, sockets } = rig()
    pass(50)
    connection.close()
    pass(10_000)
    expect(sockets).toHaveLength(1)
    expect(sockets[0]?.isClosed).toBe(true)
  })

  it('is heard by the server between the first word of a socket and its end', () => {
    const { connection, sockets, sent, say, pass } = rig()
    pass(100)
    expect(connection.isHeard()).toBe(false)
    say({ type: 'hello', serverTime: 1 })
    expect(connection.isHeard()).toBe(true)
    connection.send('x')
    expect(sent).toEqual(['x'])
    sockets.at(-1)?.events.closed()
    expect(connection.isHeard()).toBe(false)
  })
})
