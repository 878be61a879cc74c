import { unitOf } from '@pulsewire/contracts/vitals'
import type { LiveMessage } from '../live/messages.ts'
import { type Beat, type Marks, NO_MARKS, type Point } from './marks.ts'
import { type PaperWave, cutWave, endMsOf, type Run, wavesOf } from './samples.ts'

/** Waves of one patient and what was found over them. */
export interface Tape {
  readonly waves: readonly PaperWave[]
  readonly marks: Marks
}
export const EMPTY_TAPE: Tape = { waves: [], marks: NO_MARKS }

/** Puts what `later` tells over what `earlier` does: the same run or point counts once, and where they differ the later one counts. */
export function joinTapes(earlier: Tape, later: Tape): Tape {
  return { waves: joinWaves(earlier.waves, later.waves), marks: joinMarks(earlier.marks, later.marks) }
}

/** A tape with what a live message of its patient says; what is older than `keepFromMs` is let go. */
export function withMessage(tape: Tape, message: LiveMessage, keepFromMs: number): Tape {
  const kept = (marks: Partial<Marks>): Tape => ({ ...tape, marks: { ...tape.marks, ...marks } })
  switch (message.type) {
    case 'waveform': {
      const heard = wavesOf(message.signals.map((signal) => ({ ...signal, device: message.device })))
      const waves = joinWaves(tape.waves, heard)
      return { ...tape, waves: waves.map((wave) => cutWave(wave, keepFromMs, Number.POSITIVE_INFINITY)) }
    }
    case 'beats': {
      const { from, to, beats } = message
      const others = tape.marks.beats.filter(([time]) => time >= keepFromMs && (time < from || time >= to))
      return kept({ beats: sorted([...others, ...beats]) })
    }
    case 'finding': {
      const others = tape.marks.findings.filter(
        ({ id, end }) => id !== message.finding.id && (end ?? Number.POSITIVE_INFINITY) >= keepFromMs,
      )
      return kept({ findings: [...others, message.finding] })
    }
    case 'vitals': {
      const points = pointsOf(
        Object.entries(message.vitals).map(([code, value]) => [code, [[message.time, value]]] as const),
      )
      return kept({
        quality: keptFrom(joinPoints(tape.marks.quality, points.quality), keepFromMs),
        st: keptFrom(joinPoints(tape.marks.st, points.st), keepFromMs),
      })
    }
    default:
      return tape
  }
}

/** The quality and ST series among series of any code. */
export function pointsOf(
  series: Iterable<readonly [code: string, points: readonly (readonly [number, number | string])[]]>,
): Pick<Marks, 'quality' | 'st'> {
  const found = { quality: {} as Record<string, Point[]>, st: {} as Record<string, Point[]> }
  for (const [code, points] of series) {
    const [kind, rest] = [code.slice(0, code.indexOf('.')), code.slice(code.indexOf('.') + 1)]
    const numbers = points.filter((point): point is [number, number] => typeof point[1] === 'number')
    if (kind === 'quality') found.quality[rest] = numbers
    if (kind === 'st' && unitOf(code) === 'mV') found.st[`ecg.${rest}`] = numbers
  }
  return found
}

const sorted = (beats: readonly Beat[]) => [...beats].sort((a, b) => a[0] - b[0])

function joinWaves(earlier: readonly PaperWave[], later: readonly PaperWave[]): PaperWave[] {
  const isSame = (a: PaperWave, b: PaperWave) => a.signal === b.signal && a.unit === b.unit
  const joined = earlier.map((wave): PaperWave => {
    const more = later.find((one) => isSame(one, wave))
    if (more === undefined) return wave
    // A run that the later tape has too is left out of the earlier one, as far as they overlap.
    const old = more.runs.reduce(
      (runs, run) =>
        runs.flatMap((one) => [
          ...cutRun(one, Number.NEGATIVE_INFINITY, run.startMs),
          ...cutRun(one, endMsOf(run), Number.POSITIVE_INFINITY),
        ]),
      wave.runs,
    )
    const devices = [...new Set([...wave.devices, ...more.devices])].sort()
    return { ...wave, devices, runs: joinRuns([...old, ...more.runs]) }
  })
  return [...joined, ...later.filter((wave) => !earlier.some((one) => isSame(one, wave)))]
}

function cutRun(run: Run, fromMs: number, toMs: number): readonly Run[] {
  return cutWave({ signal: '', unit: '', devices: [], runs: [run] }, fromMs, toMs).runs
}

/** Runs by their start; one that goes on where the one before ends is one with it. */
function joinRuns(runs: readonly Run[]): Run[] {
  const joined: Run[] = []
  for (const run of [...runs].sort((a, b) => a.startMs - b.startMs)) {
    const last = joined.at(-1)
    // Device clocks are in whole ms: a block may begin so much beside where the one before ended, besides one sample.
    if (last?.rateHz === run.rateHz && Math.abs(endMsOf(last) - run.startMs) < 1000 / run.rateHz + 1) {
      const values = new Float32Array(last.values.length + run.values.length)
      values.set(last.values)
      values.set(run.values, last.values.length)
      joined[joined.length - 1] = { ...last, values }
    } else joined.push(run)
  }
  return joined
}

function joinMarks(earlier: Marks, later: Marks): Marks {
  const beats = new Map([...earlier.beats, ...later.beats].map((beat) => [Math.round(beat[0]), beat]))
  const findings = new Map([...earlier.findings, ...later.findings].map((finding) => [finding.id, finding]))
  return {
    beats: sorted([...beats.values()]),
    findings: [...findings.values()],
    quality: joinPoints(earlier.quality, later.quality),
    st: joinPoints(earlier.st, later.st),
  }
}

type Points = Readonly<Record<string, readonly Point[]>>

function joinPoints(earlier: Points, later: Points): Points {
  const joined: Record<string, readonly Point[]> = { ...earlier }
  for (const [signal, points] of Object.entries(later)) {
    const byTime = new Map([...(earlier[signal] ?? []), ...points].map((point) => [point[0], point]))
    joined[signal] = [...byTime.values()].sort((a, b) => a[0] - b[0])
  }
  return joined
}

function keptFrom(points: Points, fromMs: number): Points {
  return Object.fromEntries(
    Object.entries(points).map(([signal, list]) => [signal, list.filter(([time]) => time >= fromMs)]),
  )
}
