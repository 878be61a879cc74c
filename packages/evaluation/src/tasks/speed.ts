import { runChain } from '../run/whole-chain.ts'
import { analyseLead } from '../run/single-lead.ts'
import { stSignal } from '../model/st-model.ts'

export interface SpeedResult {
  /** Seconds of signal per second of CPU. */
  readonly wholeChain: number
  readonly oneLead: number
}

const SECONDS = 1800
const RATE_HZ = 250

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

/**
 * Half an hour of one modelled lead at 250 Hz (20 dB) through the whole chain and through the lead's analyser alone, by CPU time, after
 * a run that warms the compiler up. To be called while nothing else runs in this process.
 */
export function measureSpeed(): SpeedResult {
  const { samplesMv } = stSignal(
    { seed: 'speed', heartRate: 75, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 },
    SECONDS,
    RATE_HZ,
    20,
  )
  const samples = Int16Array.from(samplesMv, (value) => Math.round(1000 * value))
  const record = {
    name: 'speed',
    rateHz: RATE_HZ,
    fromSample: 0,
    comments: [],
    signals: [{ name: 'II', unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }],
  }
  const lead = (): void => void analyseLead(samplesMv, RATE_HZ, 'II')
  const chain = (): void => void runChain(record)
  lead()
  const oneLead = SECONDS / cpuSeconds(lead)
  chain()
  return { oneLead, wholeChain: SECONDS / cpuSeconds(chain) }
}
