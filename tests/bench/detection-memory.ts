import { encodePlain } from '@pulsewire/codec'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createPatientMonitor, type PatientMonitor } from '@pulsewire/detection'
import { createEcgAnalyzer } from '@pulsewire/ecg'
import { stSignal } from '@pulsewire/evaluation'

const RATE_HZ = 250
const SECONDS = 130
const SNAPSHOTS = 50
const START_MS = Date.UTC(2026, 0, 1)
const LEADS = ['II', 'V1', 'V5', 'I', 'III', 'aVR', 'aVL', 'aVF', 'V2', 'V3', 'V4', 'V6'] as const

function collector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new Error('this Node cannot be told to collect its garbage')
  return () => void Reflect.apply(collect, undefined, [])
}

/** KB that one of `count` things takes of the heap, and of the memory behind its typed arrays. */
function kilobytesOf(count: number, make: () => unknown): number {
  const collect = collector()
  const used = (): number => {
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const before = used()
  const made = Array.from({ length: count }, make)
  const after = used()
  // Kept until here.
  return made.length === 0 ? NaN : (after - before) / made.length / 1024
}

const samplesMv = stSignal(
  { seed: 'memory', heartRate: 75, stMv: 0, slope: 0, rMv: 1, qrsMs: 90, tMv: 0.3 },
  SECONDS,
  RATE_HZ,
  20,
).samplesMv

function analyser(): unknown {
  const one = createEcgAnalyzer({ rateHz: RATE_HZ, lead: 'II' })
  one.push(0, samplesMv)
  return one
}

/** A patient after some minutes, as a detector holds one: with what may be analysed again when something comes late. */
function patient(leads: readonly string[]): PatientMonitor {
  const device = 'bench'
  const monitor = createPatientMonitor({ patient: 'bench', context: { devices: [{ id: device, since: START_MS }] } })
  for (let seq = 0; seq < SECONDS; seq++) {
    const at = START_MS + 1000 * seq
    const from = seq * RATE_HZ
    const sequence = { boot: 'bench', seq, at }
    const headers = { device, patient: 'bench', ...sequence, time: at, clockOffsetMs: 0, receivedAt: at + 1050, encoding: 'cbor' } as const // prettier-ignore
    const position = { topic: 'telemetry', partition: 0, offset: seq } as const
    if (leads.length === 0) {
      const vitals = { heartRate: 75, spo2: 97, respirationRate: 14, systolic: 120, diastolic: 78, temperature: 36.8 }
      const uplink = { kind: 'vitals', message: { ...sequence, vitals } } as const
      monitor.telemetry({ headers: { kind: 'vitals', ...headers }, uplink, position })
    } else {
      const signals = leads.map((lead) => {
        const samples = Int16Array.from(samplesMv.subarray(from, from + RATE_HZ), (value) => Math.round(1000 * value))
        return { name: `ecg.${lead}`, unit: 'mV', scale: 0.001, offset: 0, samples }
      })
      const uplink = { kind: 'waveform', message: { ...sequence, rateHz: RATE_HZ, signals } } as const
      monitor.telemetry({ headers: { kind: 'waveform', ...headers }, uplink, position })
    }
    monitor.tick(at + 1050)
  }
  return monitor
}

/** What analysers and patients cost in memory, and their snapshots: a Markdown table. */
export function memoryTable(): string {
  const rows: (readonly [what: string, kilobytes: number, snapshotKb: number | undefined, snapshotMs: number | undefined])[] = [] // prettier-ignore
  rows.push(['analyser of one lead', kilobytesOf(200, analyser), undefined, undefined])
  for (const [what, leads, count] of [
    ['patient, vitals alone', [], 100],
    ['patient, one lead', LEADS.slice(0, 1), 60],
    ['patient, three leads', LEADS.slice(0, 3), 30],
    ['patient, twelve leads', LEADS, 10],
  ] as const) {
    const kilobytes = kilobytesOf(count, () => patient(leads))
    const monitor = patient(leads)
    let bytes = 0
    const before = process.cpuUsage()
    for (let i = 0; i < SNAPSHOTS; i++) bytes = encodePlain(monitor.view()).length
    const { user, system } = process.cpuUsage(before)
    rows.push([what, kilobytes, bytes / 1024, (user + system) / 1000 / SNAPSHOTS])
  }
  const shown = (value: number | undefined, digits = 0): string => value?.toFixed(digits) ?? ''
  return [
    `After ${SECONDS} s at ${RATE_HZ} Hz; a patient holds the last 60 to 90 s as they came, for what comes late. Snapshots: without that memory.\n`,
    '| | KB in memory | KB of a snapshot | ms to make it |\n| --- | --- | --- | --- |',
    ...rows.map(
      ([what, memory, snapshot, ms]) => `| ${what} | ${shown(memory)} | ${shown(snapshot)} | ${shown(ms, 2)} |`,
    ),
  ].join('\n')
}
