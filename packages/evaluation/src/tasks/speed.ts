import { noAlarms, decide, isTickDue } from '@pulsewire/alarms'
import { createPatientMonitor } from '@pulsewire/detection'
import type { WfdbRecord } from '@pulsewire/wfdb'
import { stSignal } from '../model/st-model.ts'
import { FIRST_SAMPLE_MS, runChain } from '../run/whole-chain.ts'
import { analyseLead } from '../run/single-lead.ts'

/** Seconds of signal per second of CPU: the median of the runs, the slowest and the quickest. */
export interface TimesRealTime {
  readonly median: number
  readonly lowest: number
  readonly highest: number
}

export interface SpeedResult {
  readonly wholeChain: TimesRealTime
  readonly oneLead: TimesRealTime
  readonly threeLeads: TimesRealTime
  readonly twelveLeads: TimesRealTime
  readonly vitals: TimesRealTime
}

const SECONDS = 1800
const RATE_HZ = 250
const RUNS = 7
/** The compiler is done after so many runs: a detector runs for weeks. */
const WARM_UP_RUNS = 5
const LEADS = ['II', 'V1', 'V5', 'I', 'III', 'aVR', 'aVL', 'aVF', 'V2', 'V3', 'V4', 'V6'] as const

function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

function timed(work: () => void, seconds: number): TimesRealTime {
  for (let run = 0; run < WARM_UP_RUNS; run++) work()
  const times = Array.from({ length: RUNS }, () => seconds / cpuSeconds(work)).toSorted((a, b) => a - b)
  return { median: times[RUNS >> 1] ?? NaN, lowest: times[0] ?? NaN, highest: times.at(-1) ?? NaN }
}

function leadSignal(name: string, seconds: number): Float64Array {
  const parts = { heartRate: 75, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 }
  return stSignal({ seed: `speed ${name}`, ...parts }, seconds, RATE_HZ, 20).samplesMv
}

function record(leads: readonly string[], seconds: number): WfdbRecord {
  const signals = leads.map((name) => {
    const samples = Int16Array.from(leadSignal(name, seconds), (value) => Math.round(1000 * value))
    return { name, unit: 'mV', gainPerUnit: 1000, baseline: 0, samples }
  })
  return { name: 'speed', rateHz: RATE_HZ, fromSample: 0, comments: [], signals }
}

/** A patient with a message of six vitals a second and no waveform. */
function vitalsOnly(seconds: number): void {
  const device = 'record'
  const monitor = createPatientMonitor({
    patient: 'speed',
    context: { devices: [{ id: device, since: FIRST_SAMPLE_MS }] },
  })
  let alarms = noAlarms('speed')
  for (let second = 0; second < seconds; second++) {
    const at = FIRST_SAMPLE_MS + 1000 * second
    const [receivedAt, seq] = [at + 50, second]
    const sequence = { boot: 'speed', seq, at }
    const headers = { kind: 'vitals', device, patient: 'speed', ...sequence, time: at, clockOffsetMs: 0, receivedAt, encoding: 'cbor' } as const // prettier-ignore
    const wave = Math.round(2 * Math.sin(second / 20))
    const vitals = {
      heartRate: 75 + wave,
      spo2: 97,
      respirationRate: 14 + wave,
      systolic: 120 + wave,
      diastolic: 78,
      temperature: 36.8,
    }
    const position = { topic: 'telemetry', partition: 0, offset: seq } as const
    const outputs = [
      ...monitor.telemetry({ headers, uplink: { kind: 'vitals', message: { ...sequence, vitals } }, position }),
      ...monitor.tick(receivedAt),
    ]
    for (const output of outputs) {
      if (output.kind !== 'finding') continue
      alarms = decide(alarms, { kind: 'finding', at: receivedAt, finding: output.record }).state
    }
    if (isTickDue(alarms, receivedAt)) alarms = decide(alarms, { kind: 'tick', at: receivedAt }).state
  }
}

/**
 * Half an hour of modelled leads at 250 Hz (20 dB) through the whole chain (blocks of a second as from a device, a patient's monitor, the
 * alarms), the same lead through its analyser alone, and vitals alone: CPU time of this process, compiler and garbage collector included,
 * once it is warm. To be called while nothing else runs in this process.
 */
export function measureSpeed(): SpeedResult {
  const samplesMv = leadSignal('II', SECONDS)
  const one = record(LEADS.slice(0, 1), SECONDS)
  const three = record(LEADS.slice(0, 3), SECONDS / 3)
  const twelve = record(LEADS, SECONDS / 12)
  return {
    oneLead: timed(() => void analyseLead(samplesMv, RATE_HZ, 'II'), SECONDS),
    wholeChain: timed(() => void runChain(one), SECONDS),
    threeLeads: timed(() => void runChain(three), SECONDS / 3),
    twelveLeads: timed(() => void runChain(twelve), SECONDS / 12),
    vitals: timed(() => vitalsOnly(SECONDS), SECONDS),
  }
}
