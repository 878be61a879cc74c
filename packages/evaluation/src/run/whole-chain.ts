import { decide, isTickDue, noAlarms } from '@pulsewire/alarms'
import {
  MISSING_SAMPLE,
  type AlarmEvent,
  type BeatClass,
  type Finding,
  type RuleSet,
  type WaveformSignal,
} from '@pulsewire/contracts'
import {
  createPatientMonitor,
  createShadowMonitor,
  type DetectionOutput,
  type PatientContext,
} from '@pulsewire/detection'
import type { WfdbRecord } from '@pulsewire/wfdb'
import { contractNames } from './contract-names.ts'

/** Event time of a record's first sample: records have no date that means anything. */
export const FIRST_SAMPLE_MS = Date.UTC(2026, 0, 1)
const PATIENT = 'evaluation'
const DEVICE = 'record'
const BOOT = 'record'
const BLOCK_S = 1
/** A block arrives so long after its last sample. */
const DELIVERY_MS = 50
/** After the end of the record, missing samples: what the last beats are waiting for. */
const FLUSH_S = 3
/** Two marks of one beat, by two leads between which the monitor went over. */
const SAME_BEAT_MS = 150
/** Units of WFDB headers as the contract writes them. */
export const UCUM: Readonly<Record<string, string>> = { mmHg: 'mm[Hg]', NU: '1', adu: '1', mv: 'mV', uv: 'uV', v: 'V' }

export interface ChainBeat {
  readonly timeMs: number
  readonly beatClass: BeatClass
  readonly signal: string
}

/** What the whole chain makes of a record: times are event times (see `FIRST_SAMPLE_MS`). */
export interface ChainResult {
  readonly beats: readonly ChainBeat[]
  /** Each finding as it was written, in order: also those that were changed later. */
  readonly findings: readonly Finding[]
  readonly alarms: readonly AlarmEvent[]
}

export interface ChainOptions {
  readonly context?: Omit<PatientContext, 'devices'>
  /** Names of the record's signals; all that the contract has where absent. */
  readonly signals?: readonly string[]
  /** Candidate rules in place of those in force. */
  readonly rules?: RuleSet
  /** Seconds of which no block ever arrives: a link that loses, and a device without a spool. */
  readonly isLost?: (second: number) => boolean
}

interface Block {
  readonly rateHz: number
  readonly signals: readonly WaveformSignal[]
}

/**
 * Sends a record through the whole chain (a patient's monitor, then the alarms) as a device would: blocks of a second, all signals,
 * the recorded numbers themselves.
 */
export function runChain(record: WfdbRecord, options: ChainOptions = {}): ChainResult {
  const context = { ...options.context, devices: [{ id: DEVICE, since: FIRST_SAMPLE_MS }] }
  const { rules, isLost = () => false } = options
  const monitor =
    rules === undefined
      ? createPatientMonitor({ patient: PATIENT, context })
      : createShadowMonitor({ patient: PATIENT, context }, rules)
  const findings: Finding[] = []
  const alarms: AlarmEvent[] = []
  let beats: ChainBeat[] = []
  let beatsToMs = 0
  let state = noAlarms(PATIENT)
  const happens = (input: Parameters<typeof decide>[1]): void => {
    const step = decide(state, input)
    state = step.state
    alarms.push(...step.events)
  }
  const take = (outputs: readonly DetectionOutput[], at: number): void => {
    for (const output of outputs) {
      if (output.kind === 'finding') {
        findings.push(output.record)
        happens({ kind: 'finding', at, finding: output.record })
      } else if (output.kind === 'beats') {
        const { from, to, signal, beats: said } = output.record
        // A record replaces what was known of its own signal.
        if (from < beatsToMs) beats = beats.filter((beat) => beat.signal !== signal || beat.timeMs < from || beat.timeMs >= to) // prettier-ignore
        for (const [timeMs, beatClass] of said) beats.push({ timeMs, beatClass, signal })
        beatsToMs = Math.max(beatsToMs, to)
      }
    }
  }

  const groups = groupsOf(record, options.signals)
  const seconds = lengthOf(record)
  let seq = 0
  for (let second = 0; second < seconds + FLUSH_S; second += BLOCK_S) {
    const at = Math.round(FIRST_SAMPLE_MS + second * 1000)
    const receivedAt = at + BLOCK_S * 1000 + DELIVERY_MS
    for (const { rateHz, signals } of isLost(second) ? [] : blocksAt(groups, second)) {
      const headers = {
        kind: 'waveform',
        device: DEVICE,
        patient: PATIENT,
        boot: BOOT,
        seq,
        at,
        time: at,
        clockOffsetMs: 0,
        receivedAt,
        encoding: 'cbor',
      } as const
      const message = { boot: BOOT, seq, at, rateHz, signals: [...signals] }
      const position = { topic: 'telemetry', partition: 0, offset: seq } as const
      take(monitor.telemetry({ headers, uplink: { kind: 'waveform', message }, position }), receivedAt)
      seq += 1
    }
    take(monitor.tick(receivedAt), receivedAt)
    if (isTickDue(state, receivedAt)) happens({ kind: 'tick', at: receivedAt })
  }
  return { beats: once(beats, FIRST_SAMPLE_MS + seconds * 1000), findings, alarms }
}

interface Group {
  readonly rateHz: number
  readonly signals: readonly { readonly name: string; readonly signal: WfdbRecord['signals'][number] }[]
}

/** Signals of one rate go together in a block. */
function groupsOf(record: WfdbRecord, wanted: readonly string[] | undefined): Group[] {
  const groups = new Map<number, { name: string; signal: WfdbRecord['signals'][number] }[]>()
  const names = contractNames(record.signals)
  for (const [i, signal] of record.signals.entries()) {
    const name = names[i]
    if (name === undefined || (wanted !== undefined && !wanted.includes(signal.name))) continue
    const rateHz = record.rateHz * (signal.samplesPerFrame ?? 1)
    const group = groups.get(rateHz) ?? []
    groups.set(rateHz, group)
    group.push({ name, signal })
  }
  return [...groups].map(([rateHz, signals]) => ({ rateHz, signals }))
}

function lengthOf(record: WfdbRecord): number {
  return (record.signals[0]?.samples.length ?? 0) / (record.rateHz * (record.signals[0]?.samplesPerFrame ?? 1))
}

function blocksAt(groups: readonly Group[], second: number): Block[] {
  return groups.map(({ rateHz, signals }) => {
    const from = Math.round(second * rateHz)
    const to = Math.round((second + BLOCK_S) * rateHz)
    return {
      rateHz,
      signals: signals.map(({ name, signal }) => {
        const samples = new Int16Array(to - from).fill(MISSING_SAMPLE)
        samples.set(signal.samples.subarray(from, to))
        const { unit, gainPerUnit, baseline: offset } = signal
        return { name, unit: UCUM[unit] ?? unit, scale: 1 / gainPerUnit, offset, samples }
      }),
    }
  })
}

function once(beats: readonly ChainBeat[], endMs: number): ChainBeat[] {
  const result: ChainBeat[] = []
  for (const beat of beats.toSorted((a, b) => a.timeMs - b.timeMs)) {
    const last = result.at(-1)
    const isSame = last !== undefined && last.signal !== beat.signal && beat.timeMs - last.timeMs < SAME_BEAT_MS
    if (!isSame && beat.timeMs >= FIRST_SAMPLE_MS && beat.timeMs < endMs) result.push(beat)
  }
  return result
}

/** A finding over all that was written of it: seconds since the start of the record. */
export interface FindingCourse {
  readonly id: string
  readonly type: Finding['type']
  readonly fromS: number
  readonly toS: number
  readonly isOpen: boolean
  /** When it first rang with high priority; absent where it never did. */
  readonly highFromS?: number
  readonly message: string
}

export function coursesOf(findings: readonly Finding[]): FindingCourse[] {
  const courses = new Map<string, FindingCourse>()
  const second = (timeMs: number): number => (timeMs - FIRST_SAMPLE_MS) / 1000
  for (const { id, type, onset, end, seenUntil, priority, status, message } of findings) {
    const known = courses.get(id)
    const highFromS = known?.highFromS ?? (priority === 'high' ? second(seenUntil) : undefined)
    courses.set(id, {
      id,
      type,
      fromS: second(onset),
      toS: second(end ?? seenUntil),
      isOpen: status === 'open',
      ...(highFromS === undefined ? {} : { highFromS }),
      message: known?.highFromS === undefined ? message : known.message,
    })
  }
  return [...courses.values()]
}
