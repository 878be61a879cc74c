import type { BeatClass, Finding } from '@pulsewire/contracts'
import { RHYTHM_TYPES } from '@pulsewire/contracts/rhythms'
import { alarmTitle } from '../alarms/words.ts'
import { isEcg } from './order.ts'

/** A beat at its R peak (AAMI EC57 class). */
export type Beat = readonly [timeMs: number, kind: BeatClass]
/** A value of a derived series. */
export type Point = readonly [timeMs: number, value: number]

/** What the letters at the beats mean. The analysis gives Q to a beat with a pacing pulse before it, and to what it cannot tell. */
export const BEAT_WORDS: Readonly<Record<BeatClass, string>> = {
  N: 'normal',
  S: 'supraventricular',
  V: 'ventricular',
  F: 'fusion',
  Q: 'paced or not told',
}

/** What was found over a stretch of the trace. */
export interface Marks {
  readonly beats: readonly Beat[]
  readonly findings: readonly Finding[]
  /** By signal: one a second, 0 to 1, at the end of that second. */
  readonly quality: Readonly<Record<string, readonly Point[]>>
  /** By signal: the ST level, mV, when it was measured. */
  readonly st: Readonly<Record<string, readonly Point[]>>
}
export const NO_MARKS: Marks = { beats: [], findings: [], quality: {}, st: {} }

/** A distance of neighbouring beats. */
export interface RrInterval {
  readonly fromMs: number
  readonly toMs: number
}
/** With less than 15 beats a minute there is a gap between, or a standstill that has its own band. */
const LONGEST_RR_MS = 4000

export function rrIntervals(beats: readonly Beat[]): RrInterval[] {
  return beats.flatMap(([toMs], i) => {
    const before = beats[i - 1]
    return before === undefined || toMs - before[0] > LONGEST_RR_MS ? [] : [{ fromMs: before[0], toMs }]
  })
}

/** `74/min · RR 790 to 850 ms`; empty where there are not two beats. */
export function rateText(beats: readonly Beat[]): string {
  const lengths = rrIntervals(beats).map(({ fromMs, toMs }) => toMs - fromMs)
  if (lengths.length === 0) return ''
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)].map(Math.round)
  return `${Math.round(60_000 / mean)}/min · RR ${least === most ? least : `${least} to ${most}`} ms`
}

/** A stretch with a name over the trace. */
export interface Band {
  readonly fromMs: number
  readonly toMs: number
  readonly label: string
}

/** They stand as a band over the beats. */
const RHYTHMS: ReadonlySet<string> = new Set(RHYTHM_TYPES)

/**
 * Rhythm episodes that overlap `[fromMs, toMs)`, cut to it, by their start. One that has not ended goes to the end of what is shown; one
 * that was not judged to be true (contradicted by another lead, say) is named as such.
 */
export function rhythmBands(findings: readonly Finding[], fromMs: number, toMs: number): Band[] {
  return findings
    .filter(({ type }) => RHYTHMS.has(type))
    .map((finding) => ({
      fromMs: Math.max(fromMs, finding.onset),
      toMs: Math.min(toMs, finding.end ?? Number.POSITIVE_INFINITY),
      label: `${alarmTitle(finding)}${finding.evidence['suppressed'] === undefined ? '' : ' (contradicted)'}`,
    }))
    .filter((band) => band.toMs > band.fromMs)
    .sort((a, b) => a.fromMs - b.fromMs || a.label.localeCompare(b.label))
}

/** Below this the analysis does not believe a lead (packages/detection, `MIN_QUALITY`). */
const READABLE_FROM = 0.5
/** The analysis says the quality once a second. */
const SECOND_MS = 1000

/** Why nothing was judged, in words; by the evidence of the finding. */
const REASONS: Readonly<Record<string, string>> = {
  noise: 'noise',
  flat: 'flat line',
  saturated: 'at its limit',
  missing: 'samples missing',
  'low-amplitude': 'too small',
  implausible: 'not plausible',
}

/**
 * Stretches of a signal in `[fromMs, toMs)` that the analysis did not read: by the quality of each second, and by what it or the device
 * said of the electrode. Neighbouring seconds are one band.
 */
export function unreadBands(
  marks: Marks,
  wave: { readonly signal: string; readonly devices: readonly string[] },
  fromMs: number,
  toMs: number,
): Band[] {
  const { signal } = wave
  const off = marks.findings
    .filter((finding) => finding.type === 'lead-off' && isOffOf(finding, wave))
    .map((finding) => bandOf(finding, 'lead off'))
  const bands: Band[] = []
  for (const [time, quality] of marks.quality[signal] ?? []) {
    const startMs = time - SECOND_MS
    if (quality >= READABLE_FROM || off.some((band) => startMs < band.toMs && time > band.fromMs)) continue
    const label = `not read: ${reasonAt(marks.findings, signal, time)}`
    const last = bands.at(-1)
    if (last !== undefined && startMs - last.toMs < SECOND_MS / 2) bands[bands.length - 1] = { ...last, toMs: time }
    else bands.push({ fromMs: startMs, toMs: time, label })
  }
  return [...off, ...bands]
    .map((band) => ({ ...band, fromMs: Math.max(fromMs, band.fromMs), toMs: Math.min(toMs, band.toMs) }))
    .filter((band) => band.toMs > band.fromMs)
    .sort((a, b) => a.fromMs - b.fromMs)
}

function bandOf({ onset, end }: Finding, label: string): Band {
  return { fromMs: onset, toMs: end ?? Number.POSITIVE_INFINITY, label }
}

function reasonAt(findings: readonly Finding[], signal: string, timeMs: number): string {
  const finding = findings.find(
    (one) =>
      one.type === 'signal-quality' &&
      one.onset <= timeMs &&
      timeMs <= (one.end ?? Number.POSITIVE_INFINITY) &&
      namesIn(one).includes(signal),
  )
  const { reasons } = finding?.evidence ?? {}
  const said = Array.isArray(reasons)
    ? reasons.flatMap((name) => (typeof name === 'string' ? [REASONS[name] ?? name] : []))
    : []
  return said.length === 0 ? 'signal poor' : said.join(', ')
}

/** Electrodes off: those that are named, or all of the device's. */
function isOffOf(finding: Finding, { signal, devices }: { signal: string; devices: readonly string[] }): boolean {
  const named = namesIn(finding)
  const isWhole = named.length === 0 || named.includes('*')
  return named.includes(signal) || (isWhole && isEcg(signal) && devices.includes(finding.device ?? ''))
}

function namesIn({ evidence }: Finding): string[] {
  return [evidence['signal'], evidence['signals']].flat().filter((name) => typeof name === 'string')
}
