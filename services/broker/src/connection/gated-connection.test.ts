import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_SHARE, GatedConnection } from './gated-connection.ts'
import type { PlainPublish } from './plain-publish.ts'
import { createTurnEnd } from './turn-end.ts'

let server: Server
let device: Socket
let gate: GatedConnection
/** Message ids by the way that they took, in the order of the calls. */
let taken: string[]
/** What the device was sent. */
let answers: Buffer[]
let takesShortWay: boolean

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  device = connect(address.port, '127.0.0.1')
  device.on('error', () => device.destroy())
  answers = []
  device.on('data', (chunk) => answers.push(chunk))
  const [socket] = (await once(server, 'connection')) as [Socket]
  gate = new GatedConnection(socket, {
    share: { ...DEFAULT_SHARE, maxInFlight: 1_000 },
    congested: () => false,
    onThrottled: () => undefined,
    onIntroduced: () => undefined,
    flushLater: createTurnEnd(),
  })
  taken = []
  takesShortWay = true
})
afterEach(() => {
  gate.destroy()
  device.destroy()
  server.close()
})

const CONNECT = mqttPacket.generate({ cmd: 'connect', clientId: 'd1', protocolId: 'MQTT', protocolVersion: 4 })
const plain = (messageId: number, override: Partial<IPublishPacket> = {}): Buffer =>
  mqttPacket.generate({
    cmd: 'publish', topic: 'bsn/v1/d1/vitals', payload: 'x', qos: 1, messageId, dup: false, retain: false, ...override,
  }) // prettier-ignore

/** Signs in, and hears what the engine is given from then on. */
async function signIn(): Promise<void> {
  device.write(CONNECT)
  await once(gate, 'readable')
  gate.read()
  gate.admit(({ messageId }: PlainPublish) => {
    if (takesShortWay) taken.push(`short ${messageId}`)
    return takesShortWay
  })
}

/** Reads as the engine does, when it likes. */
function readAsEngine(): void {
  const parser = mqttPacket.parser()
  parser.on('packet', (packet) => {
    if (packet.cmd === 'publish') gate.takeMessage()
    taken.push(`engine ${packet.cmd === 'publish' ? packet.messageId : packet.cmd}`)
  })
  const bytes: unknown = gate.read()
  if (Buffer.isBuffer(bytes)) parser.parse(bytes)
}

describe('a connection', () => {
  it('hands plain messages to the short way, and everything else to the engine', async () => {
    await signIn()
    device.write(Buffer.concat([plain(1), plain(2, { dup: true })]))
    await vi.waitFor(() => expect(taken).toEqual(['short 1', 'short 2']))
    device.write(plain(3, { retain: true }))
    await once(gate, 'readable')
    readAsEngine()
    expect(taken.slice(2)).toEqual(['engine 3'])
    expect(gate.inFlight).toBe(3)
  })

  it('lets nothing overtake what the engine has not answered', async () => {
    await signIn()
    device.write(Buffer.concat([plain(1), plain(2, { retain: true }), plain(3)]))
    await once(gate, 'readable')
    readAsEngine()
    expect(taken).toEqual(['short 1', 'engine 2', 'engine 3'])
    device.write(plain(4))
    await once(gate, 'readable')
    readAsEngine()
    for (let left = 3; left > 0; left--) gate.settleMessage()
    device.write(plain(5))
    await vi.waitFor(() => expect(taken.slice(3)).toEqual(['engine 4', 'short 5']))
  })

  it('gives the engine what the short way does not want', async () => {
    await signIn()
    takesShortWay = false
    device.write(plain(1))
    await once(gate, 'readable')
    readAsEngine()
    expect(taken).toEqual(['engine 1'])
  })

  it('acknowledges in the order of the calls, with one write a turn, and before what the engine says later', async () => {
    await signIn()
    for (let id = 1; id <= 200; id++) gate.acknowledge(id)
    gate.write('after')
    await vi.waitFor(() => expect(Buffer.concat(answers)).toHaveLength(200 * 4 + 5))
    const said = Buffer.concat(answers)
    for (let id = 1; id <= 200; id++) expect(said.readUInt32BE((id - 1) * 4)).toBe(0x40020000 + id)
    expect(answers.length).toBeLessThan(5)
  })

  it('sends the acknowledgements of a turn in which it ends', async () => {
    await signIn()
    gate.acknowledge(1)
    gate.destroy(new Error('the log refused what came after'))
    gate.on('error', () => undefined)
    await once(device, 'close')
    expect(Buffer.concat(answers)).toEqual(Buffer.from([0x40, 2, 0, 1]))
  })

  it('reads nothing more of a device that does not read its acknowledgements, until it does', async () => {
    await signIn()
    device.pause()
    // Far beyond what the sockets' buffers hold.
    for (let id = 0; id < 4_000_000; id++) gate.acknowledge(id & 0xffff)
    await new Promise((resolve) => setImmediate(resolve))
    device.write(plain(1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(taken).toEqual([])
    device.resume()
    await vi.waitFor(() => expect(taken).toEqual(['short 1']))
  })

  it('ends where its device is silent for one and a half times its keepalive', async () => {
    gate.on('error', () => undefined)
    gate.keepAlive(10)
    const start = performance.now()
    gate.checkKeepAlive(start + 20_000)
    expect(gate.destroyed).toBe(false) // not signed in: that has a bound of its own
    await signIn()
    device.write(plain(1))
    await vi.waitFor(() => expect(taken).toHaveLength(1))
    gate.checkKeepAlive(performance.now() + 14_900)
    expect(gate.destroyed).toBe(false)
    gate.checkKeepAlive(performance.now() + 15_100)
    expect(gate.destroyed).toBe(true)
  })
})
