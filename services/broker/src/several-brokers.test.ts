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
/** Two brokers on one log, and a device that is registered in it. */
async function two(): Promise<{ a: Harness; b: Harness; password: Buffer }> {
  const data = createMemoryLogData(2)
  const [a, b] = [await startHarness({ commandAgainMs: 100 }, data), await startHarness({ commandAgainMs: 100 }, data)]
  harnesses.push(a, b)
  return { a, b, password: await a.register('d1') }
}
async function order({ log }: Harness, id: string): Promise<void> {
  const command: CommandMessage = { id, type: 'identify', expiresAt: Date.now() + 60_000 }
  const value = Buffer.from(JSON.stringify(command))
  await log.append('device-commands', [{ key: 'd1', headers: { kind: 'command' }, value }])
}
const heard = (client: RawClient): string[] =>
  client.received.flatMap((packet) => {
    if (packet.cmd !== 'publish' || !packet.topic.endsWith('/command')) return []
    return [(JSON.parse(packet.payload.toString()) as { id: string }).id]
  })
async function answer(client: RawClient, id: string, seq: number): Promise<void> {
  const message = { boot: 'b', seq, at: Date.now(), command: id, result: 'done' as const }
  const payload = Buffer.from(encodeUplink({ kind: 'command-ack', message }, 'cbor'))
  client.publish({ topic: 'bsn/v1/d1/command/ack', payload, qos: 1, messageId: 70 + seq })
  await client.next((packet) => packet.cmd === 'puback')
}
/** One vitals message of a clock that is an hour behind. */
async function sendBehind(client: RawClient, seq: number): Promise<void> {
  const at = Date.now() - 3_600_000
  const payload = Buffer.from(
    encodeUplink({ kind: 'vitals', message: { boot: 'b', seq, at, sent: at, vitals: { heartRate: 60 } } }, 'json'),
  )
  client.publish({ topic: 'bsn/v1/d1/vitals', payload, qos: 1, messageId: seq })
  await client.next((packet) => packet.cmd === 'puback')
}

describe('two brokers on one log', () => {
  it('a device that goes to the other one gets there what it has not answered, and nothing that it has', async () => {
    const { a, b, password } = await two()
    await order(a, 'answered')
    const first = await a.device('d1', password)
    await listen(first, 'd1')
    await vi.waitFor(() => expect(heard(first)).toContain('answered'))
    await answer(first, 'answered', 1)
    await order(a, 'open')
    await vi.waitFor(() => expect(heard(first)).toContain('open'))
    first.destroy()

    const second = await b.device('d1', password)
    await listen(second, 'd1')
    await vi.waitFor(() => expect(heard(second)).toContain('open'))
    await answer(second, 'open', 2)
    await order(a, 'last')
    await vi.waitFor(() => expect(heard(second)).toContain('last'))
    expect(heard(second)).not.toContain('answered')
    expect(heard(first)).not.toContain('last')
  })

  it('an answer to one of them ends the command at both, while an old connection still stands', async () => {
    const { a, b, password } = await two()
    const [old, fresh] = [await a.device('d1', password), await b.device('d1', password)]
    await listen(old, 'd1')
    await listen(fresh, 'd1')
    await order(b, 'c1')
    await vi.waitFor(() => expect([heard(old), heard(fresh)].every((ids) => ids.includes('c1'))).toBe(true))
    await answer(fresh, 'c1', 1)
    await order(a, 'c2')
    // Both have read the answer, which stands before c2 in the log.
    await vi.waitFor(() => expect([heard(old), heard(fresh)].every((ids) => ids.includes('c2'))).toBe(true))
    const [atOld, atFresh] = [old, fresh].map((client) => heard(client).filter((id) => id === 'c1').length)
    await vi.waitFor(() => expect(heard(fresh).filter((id) => id === 'c2').length).toBeGreaterThan(2))
    expect([old, fresh].map((client) => heard(client).filter((id) => id === 'c1').length)).toEqual([atOld, atFresh])
  })

  it('the other one measures a clock anew, to the same result, and tells the device', async () => {
    const { a, b, password } = await two()
    const first = await a.device('d1', password)
    await sendBehind(first, 1)
    first.destroy()
    const second = await b.device('d1', password)
    await listen(second, 'd1')
    await sendBehind(second, 2)
    expect(await notice(second, 'clock')).toMatchObject({ code: 'PW_CLOCK_OFF' })
    const offsets = (await b.stored('telemetry')).map(({ headers }) => Number(headers['clockOffsetMs']))
    expect(offsets).toHaveLength(2)
    for (const offset of offsets) expect(Math.abs(offset - 3_600_000)).toBeLessThan(1_000)
  })
})
