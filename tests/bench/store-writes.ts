import { block, message, point, T0, writeOf } from '@pulsewire/vitals-store/testing'
import type { StoreWrite, VitalsStore } from '@pulsewire/vitals-store'
import { cpuSecondsOf } from './cpu.ts'

const WEARABLES = 500
const CODES = ['heartRate', 'spo2', 'respirationRate', 'temperature', 'skinConductance']

/** What writing cost. */
export interface WriteRound {
  /** Messages; a wearable sends two a second, a block of 250 samples and five vitals. */
  readonly perSecond: number
  /** CPU s per 100,000 messages: of this process and of the engine. */
  readonly ownCpuS: number
  readonly engineCpuS: number
}

/** One second of all wearables, as a write of the recorder: the messages from `offset` on. */
function secondOf(second: number, offset: number): StoreWrite {
  const messages = Array.from({ length: WEARABLES }, (_, index) => {
    const [patient, device, time] = [`bench-${index}`, `bench-${index}`, T0 + second * 1_000]
    const at = offset + 2 * index
    const waveforms = [block({ patient, device, start: time })]
    const vitals = CODES.map((code, number) =>
      point({ patient, device, code, time, value: 60 + ((second + number) % 30) }),
    )
    return [
      message(at, { device, seq: 2 * second, waveforms }),
      message(at + 1, { device, seq: 2 * second + 1, vitals }),
    ]
  }).flat()
  return writeOf(messages)
}

/** Writes `seconds` of 500 wearables, one write a second, one after the other, from second `from` on. */
export async function measureWrites(
  store: VitalsStore,
  from: number,
  seconds: number,
  enginePid: number | undefined,
): Promise<WriteRound> {
  const writes = Array.from({ length: seconds }, (_, index) => secondOf(from + index, (from + index) * WEARABLES * 2))
  const engineCpu = (): number => (enginePid === undefined ? 0 : cpuSecondsOf(enginePid))
  const before = { own: process.cpuUsage(), engine: engineCpu() }
  const startedAt = performance.now()
  for (const write of writes) await store.write(write)
  const tookMs = performance.now() - startedAt
  const own = process.cpuUsage(before.own)
  const messages = seconds * WEARABLES * 2
  const per100k = 100_000 / messages
  return {
    perSecond: (messages * 1_000) / tookMs,
    ownCpuS: ((own.user + own.system) / 1e6) * per100k,
    engineCpuS: (engineCpu() - before.engine) * per100k,
  }
}
