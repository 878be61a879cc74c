import type { WaveformLive } from '../live/messages.ts'
import { type DisplayClock, createDisplayClock } from './display-clock.ts'
import { type WaveRing, createWaveRing } from './wave-ring.ts'

/** One signal on its way to a canvas. */
export interface Wave {
  readonly signal: string
  readonly ring: WaveRing
  readonly writes: WriteLog
}

/** The starts of the newest writes, so that a renderer can see what has changed behind its head. */
export interface WriteLog {
  add(startMs: number): void
  count(): number
  /** The earliest start written since the count was `seen`; −∞ where that is too long ago, +∞ where nothing was. */
  earliestSince(seen: number): number
}

export function createWriteLog(size = 64): WriteLog {
  const starts = new Float64Array(size)
  let count = 0
  return {
    add(startMs) {
      starts[count % size] = startMs
      count += 1
    },
    count: () => count,
    earliestSince(seen) {
      if (count - seen > size) return Number.NEGATIVE_INFINITY
      let earliest = Number.POSITIVE_INFINITY
      for (let i = seen; i < count; i += 1) earliest = Math.min(earliest, starts[i % size] ?? earliest)
      return earliest
    },
  }
}

/** The waveforms of the whole ward: mutable on purpose (sixty-four patients write here every second, sixty frames a second read). */
export interface WaveStore {
  add(message: WaveformLive): void
  wave(patient: string, signal: string): Wave | undefined
  /** Names of the patient's signals, ECG leads first. */
  signals(patient: string): readonly string[]
  clock(patient: string): DisplayClock
  /** Called when a patient has a signal more. */
  onSignals(listener: () => void): () => void
  /** Lets all of it go: somebody else will sign in. */
  forget(): void
}

interface PatientWaves {
  clock: DisplayClock
  waves: Map<string, Wave>
  names: string[]
}

export function createWaveStore(): WaveStore {
  const patients = new Map<string, PatientWaves>()
  const listeners = new Set<() => void>()
  const of = (patient: string): PatientWaves => {
    const known = patients.get(patient)
    if (known) return known
    const fresh = { clock: createDisplayClock(), waves: new Map<string, Wave>(), names: [] }
    patients.set(patient, fresh)
    return fresh
  }
  return {
    add(message) {
      if (message.patient === undefined) return
      const patient = of(message.patient)
      for (const signal of message.signals) {
        let wave = patient.waves.get(signal.name)
        if (!wave || wave.ring.rateHz !== signal.rateHz) {
          const ring = createWaveRing(signal.rateHz, signal.unit)
          wave = { signal: signal.name, ring, writes: createWriteLog() }
          patient.waves.set(signal.name, wave)
          patient.names = [...patient.waves.keys()].sort(bySignal)
          for (const listener of listeners) listener()
        }
        for (const segment of signal.segments) {
          const from = wave.ring.write(segment.start, segment.samples)
          if (from === undefined) continue
          wave.writes.add(from)
          if (!message.late) {
            patient.clock.block(segment.start + (segment.samples.length * 1000) / signal.rateHz, message.receivedAt)
          }
        }
      }
    },
    wave: (patient, signal) => patients.get(patient)?.waves.get(signal),
    signals: (patient) => patients.get(patient)?.names ?? [],
    clock: (patient) => of(patient).clock,
    onSignals(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    forget: () => patients.clear(),
  }
}

const ORDER = ['ecg.II', 'ecg.MLII', 'ecg.single', 'ecg.I', 'ecg.III', 'ecg.aVR', 'ecg.aVL', 'ecg.aVF']
const rank = (name: string) => {
  const known = ORDER.indexOf(name)
  if (known >= 0) return known
  if (name.startsWith('ecg.')) return ORDER.length
  return ORDER.length + 1 + ['ppg', 'abp', 'resp'].indexOf(name)
}
function bySignal(a: string, b: string): number {
  return rank(a) - rank(b) || a.localeCompare(b)
}

/** The lead for a tile: II where there is one, else the first. */
export function leadOf(signals: readonly string[]): string | undefined {
  return signals.find((name) => name.startsWith('ecg.'))
}

/** The second wave of a tile: pleth, else arterial pressure, else respiration, else another lead. */
export function secondWaveOf(signals: readonly string[]): string | undefined {
  const [, secondLead] = signals.filter((name) => name.startsWith('ecg.'))
  return (
    signals.find((name) => name === 'ppg') ?? signals.find((name) => name === 'abp' || name === 'resp') ?? secondLead
  )
}
