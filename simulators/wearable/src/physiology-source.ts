import { MISSING_SAMPLE, type VitalValues, type WaveformSignal } from '@pulsewire/contracts'
import { isLeadOff, LEADS, type LeadName } from './physiology/leads.ts'
import type { Physiology, Second } from './physiology/physiology.ts'
import type { Reading, Source } from './reading.ts'

export interface SensorOptions {
  /** The cuff inflates this often, seconds (60). */
  readonly cuffEveryS?: number
  /** The glucose sensor answers this often, seconds (60). */
  readonly glucoseEveryS?: number
  /** Send the arterial pressure wave too (an invasive line; off). */
  readonly arterialLine?: boolean
}

/** A microvolt a step: ±32 mV, finer than any front end. */
const ECG_SCALE = 0.001
/** The sensor's filter, as it is told to the analysis. */
const ECG_HIGH_PASS_HZ = 0.05
const ECG_LOW_PASS_HZ = 100
const BATTERY_EVERY_S = 60

function quantise(values: Float64Array, scale: number): Int16Array {
  const samples = new Int16Array(values.length)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? Number.NaN
    samples[index] = Number.isNaN(value)
      ? MISSING_SAMPLE
      : Math.min(32_767, Math.max(-32_767, Math.round(value / scale)))
  }
  return samples
}

function signalsOf(second: Second, arterialLine: boolean): WaveformSignal[] {
  const ecg = [...second.leads].map(([name, values]) => ({
    name: `ecg.${name}`,
    unit: 'mV',
    scale: ECG_SCALE,
    offset: 0,
    samples: quantise(values, ECG_SCALE),
    highPassHz: ECG_HIGH_PASS_HZ,
    lowPassHz: ECG_LOW_PASS_HZ,
  }))
  const plain = (name: string, unit: string, scale: number, values: Float64Array): WaveformSignal => {
    return { name, unit, scale, offset: 0, samples: quantise(values, scale) }
  }
  return [
    ...ecg,
    plain('ppg', '1', 0.0005, second.ppg),
    plain('resp', '1', 0.0005, second.resp),
    ...(arterialLine ? [plain('abp', 'mm[Hg]', 0.05, second.abp)] : []),
  ]
}

const tenth = (value: number): number => Math.round(value * 10) / 10

/** What the probes read; a value that cannot be measured (no pulse, no beat) is left out. */
function vitalsOf(second: Second, cuff: boolean, glucose: boolean): VitalValues {
  const { body, parameters, heartRate, pulseRate } = second
  const seesRhythm = parameters.electrodesOff.length === 0
  const pulse = pulseRate !== undefined && body.systolic > 45
  return {
    ...(heartRate !== undefined && seesRhythm ? { heartRate: Math.round(heartRate) } : {}),
    ...(pulse ? { pulseRate: Math.round(pulseRate), spo2: Math.round(body.spo2) } : {}),
    respirationRate: Math.round(body.respirationRate),
    temperature: tenth(body.temperature),
    skinConductance: tenth(Math.min(100, body.skinConductance)),
    activity: Math.round(Math.min(1, parameters.activity) * 100) / 100,
    ...(cuff && pulse
      ? {
          systolic: Math.round(body.systolic),
          diastolic: Math.round(body.diastolic),
          meanArterial: Math.round(body.diastolic + (body.systolic - body.diastolic) / 3),
        }
      : {}),
    ...(glucose ? { glucose: Math.round(body.glucose) } : {}),
    ...(glucose && parameters.insulinOnBoard > 0 ? { insulinOnBoard: tenth(parameters.insulinOnBoard) } : {}),
  }
}

/** The leads that have just lost or found their electrodes, as events. */
function leadEvents(second: Second, wasOff: ReadonlySet<LeadName>, isOff: ReadonlySet<LeadName>): Reading[] {
  const offsetMs = second.fromS * 1000
  return [...second.leads.keys()]
    .filter((lead) => wasOff.has(lead) !== isOff.has(lead))
    .map((lead) => ({
      kind: 'event',
      offsetMs,
      event: isOff.has(lead) ? 'lead-off' : 'lead-on',
      detail: `ecg.${lead}`,
    }))
}

/** A physiology seen through the sensors of a patch, a cuff, a finger clip and a glucose sensor: one block a second. */
export function createPhysiologySource(physiology: Physiology, options: SensorOptions = {}): Source {
  const cuffEveryS = options.cuffEveryS ?? 60
  const glucoseEveryS = options.glucoseEveryS ?? 60
  let off: ReadonlySet<LeadName> = new Set()
  let cuffAsked = false
  return {
    measurePressure() {
      cuffAsked = true
    },
    next() {
      const second = physiology.next()
      const { fromS, parameters } = second
      const offsetMs = fromS * 1000
      const isOff = new Set(physiology.leads.filter((lead) => isLeadOff(LEADS[lead], parameters.electrodesOff)))
      // the first cuff reading after ten seconds, so that a new patient is soon complete
      const cuff = cuffAsked || (fromS >= 10 && (fromS - 10) % cuffEveryS === 0)
      cuffAsked = false
      const readings: Reading[] = [
        {
          kind: 'waveform',
          offsetMs,
          rateHz: second.rateHz,
          signals: signalsOf(second, options.arterialLine ?? false),
        },
        { kind: 'vitals', offsetMs, vitals: vitalsOf(second, cuff, fromS % glucoseEveryS === 5) },
        ...leadEvents(second, off, isOff),
        ...second.events.map(({ atS, event, detail }): Reading => {
          return { kind: 'event', offsetMs: Math.round(atS * 1000), event, ...(detail === undefined ? {} : { detail }) }
        }),
        ...(fromS % BATTERY_EVERY_S === 0
          ? [{ kind: 'status', offsetMs, battery: Math.max(0, Math.round(parameters.battery)) } as const]
          : []),
      ]
      off = isOff
      return { fromMs: offsetMs, durationMs: 1000, readings, battery: parameters.battery, link: parameters.link }
    },
  }
}
