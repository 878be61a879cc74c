import type { CommandMessage } from '@pulsewire/contracts'
import { createMemoryLogData } from '@pulsewire/event-log'
import { encodeUplink } from '@pulsewire/codec'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { listen, notice, startHarness, type Harness } from './testing/harness.ts'
import type { RawClient } from './testing/raw-client.ts'

const harnesses: Harness[] = []
afterEach(async () => {
  for (const harness of harnesses.splice(0)) await harness.close()
})
async function start(...args: Parameters<typeof startHarness>): Promise<Harness> {
  const harness = await startHarness(...args)
  harnesses.push(harness)
  return harness
}

const command = (id: string, expiresInMs = 60_000): CommandMessage => ({
  id,
  type: 'identify',
  expiresAt: Date.now() + expiresInMs,
})
const order = (harness: Harness, device: string, message: CommandMessage) =>
  harness.log.append('device-commands', [
    { key: device, headers: { kind: 'command' }, value: Buffer.from(JSON.stringify(message)) },
  ])
const heard = (client: RawClient): string[] =>
  client.received.flatMap((packet) => {
    if (packet.cmd !== 'publish' || !packet.topic.endsWith('/command')) return []
    const { id } = JSON.parse(packet.payload.toString()) as { id: string }
    return [id]
  })
const answer = async (client: RawClient, id: string): Promise<void> => {
  const message = { boot: 'b', seq: 1, at: Date.now(), command: id, result: 'done' as const }
  const payload = Buffer.from(encodeUplink({ kind: 'command-ack', message }, 'cbor'))
  client.publish({ topic: 'bsn/v1/d1/command/ack', payload, qos: 1, messageId: 77 })
  await client.next((packet) => packet.cmd === 'puback')
}

describe('commands', () => {
  it('reach a device that is connected, and one that connects later', async () => {
    const harness = await start()
    await order(harness, 'd1', command('before'))
    const client = await harness.device('d1')
    await listen(client, 'd1')
    await vi.waitFor(() => expect(heard(client)).toEqual(['before']))
    await order(harness, 'd1', command('after'))
    await order(harness, 'd2', command('foreign'))
    await vi.waitFor(() => expect(heard(client)).toEqual(['before', 'after']))
  })

  it('are sent again until the device answers, and then no more, over a restart of the broker too', async () => {
    const data = createMemoryLogData(2)
    const first = await start({ commandAgainMs: 100 }, data)
    await order(first, 'd1', command('c1'))
    const client = await first.device('d1')
    await listen(client, 'd1')
    await vi.waitFor(() => expect(heard(client).length).toBeGreaterThan(2))
    expect(new Set(heard(client))).toEqual(new Set(['c1']))
    await answer(client, 'c1')
    await vi.waitFor(async () => {
      const records = await first.stored('device-commands')
      expect(records.map((record) => record.headers['kind'])).toEqual(['command', 'ack'])
    })
    const restarted = await start({ commandAgainMs: 50 }, data)
    const again = await restarted.device('d1', await first.register('d1'))
    await listen(again, 'd1')
    await order(first, 'd1', command('c2'))
    await vi.waitFor(() => expect(heard(again)).toContain('c2'))
    expect(heard(again)).not.toContain('c1')
  })

  it('are not sent once they have expired', async () => {
    const harness = await start()
    await order(harness, 'd1', command('late', -1))
    await order(harness, 'd1', command('good'))
    const client = await harness.device('d1')
    await listen(client, 'd1')
    await vi.waitFor(() => expect(heard(client)).toEqual(['good']))
  })

  it('that cannot be read are stepped over', async () => {
    const harness = await start()
    for (const [kind, value] of [
      ['command', '{'],
      ['command', '{"id":1}'],
      ['ack', 'null'],
      ['new', '{}'],
    ] as const) {
      await harness.log.append('device-commands', [{ key: 'd1', headers: { kind }, value: Buffer.from(value) }])
    }
    await order(harness, 'd1', command('c1'))
    const client = await harness.device('d1')
    await listen(client, 'd1')
    await vi.waitFor(() => expect(heard(client)).toEqual(['c1']))
  })
})

describe('notices', () => {
  it('tell the time as soon as a device listens', async () => {
    const harness = await start()
    const client = await harness.device('d1')
    await listen(client, 'd1')
    expect(Math.abs((await notice(client, 'time')).serverTime - Date.now())).toBeLessThan(5_000)
  })

  it('that others put in the log reach the device that they are for', async () => {
    const harness = await start()
    const client = await harness.device('d1')
    await listen(client, 'd1')
    const message = {
      kind: 'quarantined',
      code: 'PW_SEQ_REUSED',
      detail: 'other content',
      boot: 'b',
      seq: 4,
      serverTime: Date.now(),
    }
    await harness.log.append('device-commands', [
      { key: 'd1', headers: { kind: 'notice' }, value: Buffer.from(JSON.stringify(message)) },
    ])
    expect(await notice(client, 'quarantined', 'PW_SEQ_REUSED')).toEqual(message)
  })
})
