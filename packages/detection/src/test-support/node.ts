import type { EventMessage, StatusMessage, TelemetryHeaders, UplinkMessage, VitalValues } from '@pulsewire/contracts'
import type { DetectionOutput, TelemetryInput } from '../types.ts'
import type { Finding } from '@pulsewire/contracts'

export const START = Date.UTC(2026, 0, 1, 14, 0, 0)
export const PATIENT = 'p1'

/** What a node measures, by seconds since the start. */
export interface NodeScript {
  readonly seconds: number
  readonly device?: string
  readonly boot?: string
  readonly leads?: readonly string[]
  readonly rateHz?: number
  readonly blockMs?: number
  readonly bpm?: (second: number) => number
  /** ST elevation, mV. */
  readonly st?: (second: number, lead: string) => number
  /** The heart stands still, or the electrode is off. */
  readonly arrest?: (second: number, lead: string) => boolean
  readonly missing?: (second: number, lead: string) => boolean
  readonly vitals?: (second: number) => VitalValues | undefined
  readonly events?: readonly { readonly second: number; readonly event: string; readonly detail?: string }[]
  readonly ppg?: (second: number) => boolean
  /** The node has an accelerometer: whether its wearer moves (which shakes the ECG too). */
  readonly moves?: (second: number) => boolean
  readonly highPassHz?: number
}

const SCALE_MV = 0.005

interface Pending {
  readonly readyMs: number
  readonly atMs: number
  readonly kind: UplinkMessage['kind']
  readonly make: (common: { boot: string; seq: number; at: number }) => UplinkMessage
}

/** The messages of a node in the order in which it sends them; each is received 50 ms after it is complete. */
export function messagesOf(script: NodeScript): TelemetryInput[] {
  const { seconds, device = 'd1', boot = 'b1', leads = ['II'], rateHz = 100, blockMs = 1_000 } = script
  const pending: Pending[] = []
  const waveformMs = leads.length > 0 || script.ppg !== undefined ? seconds * 1000 : 0
  for (let fromMs = 0; fromMs < waveformMs; fromMs += blockMs) {
    const count = Math.round((Math.min(blockMs, seconds * 1000 - fromMs) * rateHz) / 1000)
    pending.push({
      readyMs: fromMs + blockMs,
      atMs: fromMs,
      kind: 'waveform',
      make: (common) => ({
        kind: 'waveform',
        message: { ...common, rateHz, signals: signalsOf(script, leads, rateHz, fromMs, count) },
      }),
    })
  }
  for (let second = 0; second < seconds; second++) {
    const vitals = script.vitals?.(second)
    if (vitals === undefined) continue
    const ms = second * 1000 + 500
    pending.push({ readyMs: ms, atMs: ms, kind: 'vitals', make: (common) => ({ kind: 'vitals', message: { ...common, vitals } }) }) // prettier-ignore
  }
  for (const { second, event, detail } of script.events ?? []) {
    const message: Omit<EventMessage, 'boot' | 'seq' | 'at'> = { event, ...(detail === undefined ? {} : { detail }) }
    const ms = second * 1000 + 250
    pending.push({
      readyMs: ms,
      atMs: ms,
      kind: 'event',
      make: (common) => ({ kind: 'event', message: { ...common, ...message, event } }),
    })
  }
  pending.sort((a, b) => a.readyMs - b.readyMs)
  return pending.map(({ readyMs, atMs, kind, make }, seq) => {
    const at = START + atMs
    const headers: TelemetryHeaders = {
      kind,
      device,
      patient: PATIENT,
      boot,
      seq,
      at,
      time: at,
      clockOffsetMs: 0,
      receivedAt: START + readyMs + 50,
      encoding: 'cbor',
    }
    return { headers, uplink: make({ boot, seq, at }), position: { topic: 'telemetry', partition: 0, offset: seq } }
  })
}

/** A status message outside the accounting (such as a last will), received at `second`. */
export function statusAt(second: number, message: StatusMessage, device = 'd1'): TelemetryInput {
  const at = START + second * 1000
  return {
    headers: { kind: 'status', device, patient: PATIENT, at, time: at, clockOffsetMs: 0, receivedAt: at, encoding: 'json' }, // prettier-ignore
    uplink: { kind: 'status', message },
    position: { topic: 'telemetry', partition: 0, offset: 1_000_000 + second },
  }
}

function signalsOf(script: NodeScript, leads: readonly string[], rateHz: number, fromMs: number, count: number) {
  const times = Array.from({ length: count }, (_, index) => (fromMs + (index * 1000) / rateHz) / 1000)
  const signals = leads.map((lead) => ({
    name: `ecg.${lead}`,
    unit: 'mV',
    scale: SCALE_MV,
    offset: 0,
    samples: Int16Array.from(times, (second) => ecgSample(script, lead, second)),
    ...(script.highPassHz === undefined ? {} : { highPassHz: script.highPassHz }),
  }))
  const { ppg, moves } = script
  if (moves !== undefined) {
    for (const [axis, name] of (['accel.x', 'accel.y', 'accel.z'] as const).entries()) {
      const shaken = (second: number) => (moves(second) ? 500 * Math.sin(second * (61 + 7 * axis)) : 0)
      const samples = Int16Array.from(times, (second) => Math.round((axis === 2 ? 1000 : 0) + shaken(second)))
      signals.push({ name, unit: '1', scale: 0.001, offset: 0, samples })
    }
  }
  if (ppg === undefined) return signals
  const samples = Int16Array.from(times, (second) => (ppg(second) ? 1000 * Math.sin(2 * Math.PI * second * 1.1) : 0))
  return [...signals, { name: 'ppg', unit: '1', scale: 0.001, offset: 0, samples }]
}

/** A P wave, a narrow QRS of 1 mV, an ST segment as asked for, a T wave. */
function ecgSample(script: NodeScript, lead: string, second: number): number {
  if (script.missing?.(second, lead) === true) return -32768
  const shaken = script.moves?.(second) === true ? 0.5 * Math.sin(second * 7919.3) * Math.sin(second * 443.1) : 0
  const noise = shaken + 0.004 * Math.sin(second * 977.3) + 0.003 * Math.sin(second * 613.7)
  if (script.arrest?.(second, lead) === true) return Math.round(noise / SCALE_MV)
  const period = 60 / (script.bpm?.(second) ?? 72)
  const phase = second % period
  const wave = (at: number, width: number, height: number): number => height * Math.exp(-(((phase - at) / width) ** 2))
  const st = script.st?.(second, lead) ?? 0
  const plateau = phase > 0.34 && phase < 0.5 ? st : 0
  const value =
    wave(0.14, 0.03, 0.12) +
    wave(0.28, 0.012, -0.08) +
    wave(0.3, 0.014, 1) +
    wave(0.325, 0.012, -0.15) +
    plateau +
    wave(0.55, 0.05, 0.25)
  return Math.round((value + noise) / SCALE_MV)
}

/** The findings of some outputs. */
export function findingsIn(outputs: readonly DetectionOutput[]): Finding[] {
  return outputs.flatMap((output) => (output.kind === 'finding' ? [output.record] : []))
}

/** What stands in the end: the last record of each id, without those that were withdrawn, and without what depends on the arrival. */
export function standing(outputs: readonly DetectionOutput[]): unknown[] {
  const last = new Map(findingsIn(outputs).map((finding) => [finding.id, finding]))
  return [...last.values()]
    .filter(({ evidence }) => evidence['withdrawn'] === undefined)
    .map(({ positions: _positions, late: _late, seenUntil: _seenUntil, ...finding }) => finding)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** The beats that stand in the end: each record replaces what was known of its interval. */
export function beatsIn(outputs: readonly DetectionOutput[], signal = 'ecg.II'): [number, string][] {
  let beats: [number, string][] = []
  for (const output of outputs) {
    if (output.kind !== 'beats' || output.record.signal !== signal) continue
    const { from, to } = output.record
    beats = [...beats.filter(([timeMs]) => timeMs < from || timeMs >= to), ...output.record.beats]
  }
  return beats.sort((a, b) => a[0] - b[0])
}

/** The points of a derived series. */
export function pointsOf(outputs: readonly DetectionOutput[], code: string): [number, number][] {
  return outputs.flatMap((output) =>
    output.kind === 'derived'
      ? output.record.series.filter((series) => series.code === code).flatMap(({ points }) => points)
      : [],
  )
}
