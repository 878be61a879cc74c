import { rounded } from '../words.ts'
import { ECG_RATE, eventsBetween, vitalMedian, type VitalMemoryState } from './vital-memory.ts'

const BEFORE_MS = 5 * 60_000
const AFTER_MS = 30_000
const EVENTS_BEFORE_MS = 10 * 60_000
const CHEST_PAIN = /chest|heart|angina|pressure on|arm pain|jaw/i

/** What speaks for a heart attack besides the ST segment. */
export interface Support {
  /** In words, for the message and the evidence. */
  readonly facts: readonly string[]
  /** Independent and specific enough to turn one lead's episode into an alarm of high priority. */
  readonly strong: boolean
  /** Changes that also have harmless reasons. */
  readonly weak: number
  readonly evidence: { [key: string]: string | number | null | string[] }
}

/** Looks for independent evidence around `onsetMs`, as known at `nowMs`. */
export function supportFor(memory: VitalMemoryState, onsetMs: number, nowMs: number): Support {
  const facts: string[] = []
  const evidence: { [key: string]: string | number | null | string[] } = {}
  let strong = false
  let weak = 0

  const events = eventsBetween(memory, onsetMs - EVENTS_BEFORE_MS, nowMs)
  const symptoms = events.filter(({ event }) => event === 'symptom').map(({ detail }) => detail ?? 'symptom')
  if (symptoms.length > 0) {
    evidence['symptoms'] = [...new Set(symptoms)]
    if (symptoms.some((symptom) => CHEST_PAIN.test(symptom))) {
      facts.push('chest pain reported')
      strong = true
    } else {
      facts.push(`symptom: ${symptoms.at(-1) ?? ''}`)
      weak += 1
    }
  }
  const button = events.findLast(({ event }) => event === 'patient-button')
  if (button !== undefined) {
    evidence['patientButton'] = button.timeMs
    facts.push('patient pressed the button')
    strong = true
  }

  const change = (code: string): { before: number; after: number } | undefined => {
    const before = vitalMedian(memory, code, onsetMs - BEFORE_MS, onsetMs)
    const after = vitalMedian(memory, code, Math.max(onsetMs, nowMs - AFTER_MS), nowMs)
    return before === undefined || after === undefined ? undefined : { before, after }
  }
  const told = (
    code: string,
    label: string,
    unit: string,
    { before, after }: { before: number; after: number },
  ): void => {
    evidence[`${code}Before`] = rounded(before, 1)
    evidence[`${code}Now`] = rounded(after, 1)
    facts.push(`${label} ${Math.round(before)} → ${Math.round(after)}${unit}`)
  }
  const pressure = change('systolic')
  if (pressure !== undefined && pressure.before - pressure.after >= 20) {
    told('systolic', 'pressure', ' mmHg', pressure)
    strong = true
  }
  const spo2 = change('spo2')
  if (spo2 !== undefined && spo2.before - spo2.after >= 3) {
    told('spo2', 'SpO2', ' %', spo2)
    weak += 1
  }
  const skin = change('skinConductance')
  if (skin !== undefined && skin.after - skin.before >= 2 && skin.after >= 1.5 * skin.before) {
    told('skinConductance', 'skin conductance', ' µS', skin)
    weak += 1
  }
  const rate = change('heartRate') ?? change('pulseRate') ?? change(ECG_RATE)
  if (rate !== undefined && Math.abs(rate.after - rate.before) >= Math.max(15, 0.2 * rate.before)) {
    told('heartRate', 'heart rate', ' /min', rate)
    weak += 1
  }
  return { facts, strong: strong || weak >= 2, weak, evidence }
}
