import { PulsewireError, SIGNAL_PATTERN, type VitalValues, type WaveformSignal } from '@pulsewire/contracts'
import type { Reading, Source } from '@pulsewire/wearable'
import type { WfdbRecord, WfdbSignal } from '@pulsewire/wfdb'

/** WFDB names of signals that are no ECG lead. */
const OTHER_NAMES: Readonly<Record<string, string>> = { PLETH: 'ppg', PPG: 'ppg', RESP: 'resp', ABP: 'abp', ART: 'abp' }
const UCUM: Readonly<Record<string, string>> = { mmHg: 'mm[Hg]', NU: '1', adu: '1' }

/** The contract's name of a recorded signal: `MLII` → `ecg.MLII`, `PLETH` → `ppg`. */
export function signalName(wfdbName: string): string {
  const other = OTHER_NAMES[wfdbName.toUpperCase()]
  const name = other ?? `ecg.${wfdbName.replaceAll(/[^A-Za-z0-9]/g, '')}`
  if (!SIGNAL_PATTERN.test(name)) throw new PulsewireError('PW_CONFIG_INVALID', `no signal name for ${wfdbName}`)
  return name
}

/** A stretch of a signal as it is sent: the recorded numbers themselves, with the scale that makes them physical. */
function stretch(signal: WfdbSignal, from: number, to: number): WaveformSignal {
  return {
    name: signalName(signal.name),
    unit: UCUM[signal.unit] ?? signal.unit,
    scale: 1 / signal.gainPerUnit,
    offset: signal.baseline,
    samples: signal.samples.slice(from, to),
  }
}

export interface RecordSourceOptions {
  /** Begin again at the end, as a new session of the device. */
  readonly loop?: boolean
  /** Silence between two rounds, ms (1,000): a device that restarts. */
  readonly loopGapMs?: number
  /** Vitals to go with each second; the names in them are marked as simulated. */
  readonly companion?: (second: number) => VitalValues
}

export interface RecordSource extends Source {
  /** Length of one round, ms. */
  readonly durationMs: number
}

/** A recording as the source of a node: blocks of a second, sample for sample as recorded. */
export function createRecordSource(record: WfdbRecord, options: RecordSourceOptions = {}): RecordSource {
  const { rateHz, signals } = record
  const length = signals[0]?.samples.length ?? 0
  if (length === 0) throw new PulsewireError('PW_CONFIG_INVALID', `record ${record.name} has no samples in this range`)
  const timeOf = (sample: number): number => Math.round((sample * 1000) / rateHz)
  const durationMs = timeOf(length)
  let roundStartMs = 0
  let round = 0
  let second = 0
  let inRound = 0

  return {
    durationMs,
    next() {
      let from = Math.round(inRound * rateHz)
      if (from >= length) {
        if (options.loop !== true) return undefined
        roundStartMs += durationMs + (options.loopGapMs ?? 1000)
        round += 1
        inRound = 0
        from = 0
      }
      const to = Math.min(length, Math.round((inRound + 1) * rateHz))
      const offsetMs = roundStartMs + timeOf(from)
      const readings: Reading[] = [
        { kind: 'waveform', offsetMs, rateHz, signals: signals.map((signal) => stretch(signal, from, to)) },
      ]
      if (options.companion !== undefined) {
        const vitals = options.companion(second)
        readings.push({ kind: 'vitals', offsetMs, vitals, simulated: Object.keys(vitals) })
      }
      const newBoot = round > 0 && inRound === 0
      inRound += 1
      second += 1
      return {
        fromMs: offsetMs,
        durationMs: timeOf(to) - timeOf(from),
        readings,
        ...(newBoot ? { newBoot } : {}),
      }
    },
  }
}
