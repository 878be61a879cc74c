import type { BeatClass, BeatsRecord, DerivedRecord } from '@pulsewire/contracts'
import type { DetectionOutput } from '../types.ts'
import { rounded } from '../words.ts'

type Beat = [number, BeatClass]

/** Collects the beats and the points of derived series of one message, and makes records of them. */
export interface DerivedSink {
  /** A point of a series; `device` undefined = the patient's. */
  point(device: string | undefined, code: string, timeMs: number, value: number): void
  beat(device: string, signal: string, beat: Beat): void
  revisedBeats(device: string, signal: string, fromMs: number, toMs: number, beats: readonly Beat[]): void
  /** Every beat of the signal before this has been given. */
  saidUntil(device: string, signal: string, timeMs: number): void
  /** The records; `beatsToMs` (by device/signal) says where the intervals of beats stand, and is moved on. */
  outputs(beatsToMs: Record<string, number>): DetectionOutput[]
}

export function createDerivedSink(patient: string): DerivedSink {
  const series = new Map<string | undefined, Map<string, [number, number][]>>()
  const beats = new Map<string, { device: string; signal: string; beats: Beat[]; saidUntilMs: number }>()
  const revised: BeatsRecord[] = []

  const beatsOf = (device: string, signal: string) => {
    const key = `${device}/${signal}`
    const known = beats.get(key)
    if (known !== undefined) return known
    const entry = { device, signal, beats: [] as Beat[], saidUntilMs: 0 }
    beats.set(key, entry)
    return entry
  }

  return {
    point: (device, code, timeMs, value) => {
      const ofDevice = series.get(device) ?? new Map<string, [number, number][]>()
      series.set(device, ofDevice)
      const points = ofDevice.get(code) ?? []
      ofDevice.set(code, points)
      points.push([Math.round(timeMs), rounded(value, 4)])
    },
    beat: (device, signal, beat) => beatsOf(device, signal).beats.push(beat),
    revisedBeats: (device, signal, fromMs, toMs, replacement) => {
      // Beats given before in this message are part of what is revised.
      const current = beatsOf(device, signal)
      current.beats = current.beats.filter(([timeMs]) => timeMs < fromMs || timeMs >= toMs)
      const [from, to] = [Math.floor(fromMs), Math.ceil(toMs)]
      revised.push({ patient, device, signal, from, to, beats: [...replacement] })
    },
    saidUntil: (device, signal, timeMs) => {
      beatsOf(device, signal).saidUntilMs = timeMs
    },
    outputs: (beatsToMs) => {
      const outputs: DetectionOutput[] = []
      for (const [key, { device, signal, beats: given, saidUntilMs }] of beats) {
        const first = given[0]
        const last = given.at(-1)
        if (first === undefined || last === undefined) continue
        const from = Math.min(beatsToMs[key] ?? Number.POSITIVE_INFINITY, Math.floor(first[0]))
        const to = Math.max(Math.floor(saidUntilMs), Math.floor(last[0]) + 1)
        beatsToMs[key] = to
        outputs.push({ kind: 'beats', record: { patient, device, signal, from, to, beats: given } })
      }
      for (const record of revised) outputs.push({ kind: 'beats', record })
      for (const [device, codes] of series) {
        const record: DerivedRecord = {
          patient,
          ...(device === undefined ? {} : { device }),
          series: [...codes].map(([code, points]) => ({ code, points })),
        }
        outputs.push({ kind: 'derived', record })
      }
      return outputs
    },
  }
}
