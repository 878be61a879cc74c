import type { Alarm } from '@pulsewire/contracts'
import type { LatestValue } from '../live/messages.ts'
import type { PatientState } from '../live/state.ts'
import { type Freshness, ageText, freshnessOf, isContinuous } from './age.ts'
import { sinceText } from './clock.ts'

/** What stands on the screen for one parameter. */
export interface Numeral {
  text: string
  freshness: Freshness
  /** Old: its age. Missing: the reason. Of a spot measurement: always its age. */
  note: string
  /** The series that is shown, where there is one. */
  code: string | undefined
}

/** A parameter of the screen: its sources in the order of trust, and how to say it. */
export interface Parameter {
  readonly key: string
  readonly label: string
  readonly unit: string
  /** Class of colour in the style sheet. */
  readonly tone: 'ecg' | 'spo2' | 'pressure' | 'resp' | 'temp' | 'glucose' | 'plain'
  readonly codes: readonly string[]
  readonly digits: number
  /** Measured now and then: its age is always told. */
  readonly spot?: boolean
  /** Comes from the electrodes: a lead that is off explains why it is missing. */
  readonly fromEcg?: boolean
}

export const HEART_RATE: Parameter = {
  key: 'hr',
  label: 'HR',
  unit: '/min',
  tone: 'ecg',
  codes: ['heartRate.ecg', 'heartRate', 'pulseRate'],
  digits: 0,
  fromEcg: true,
}
export const SPO2: Parameter = { key: 'spo2', label: 'SpO2', unit: '%', tone: 'spo2', codes: ['spo2'], digits: 0 }
export const RESPIRATION: Parameter = {
  key: 'resp',
  label: 'RR',
  unit: '/min',
  tone: 'resp',
  codes: ['respirationRate', 'respirationRate.ecg'],
  digits: 0,
}
export const TEMPERATURE: Parameter = {
  key: 'temp',
  label: 'Temp',
  unit: '°C',
  tone: 'temp',
  codes: ['temperature'],
  digits: 1,
}
export const NEWS2: Parameter = { key: 'news2', label: 'NEWS2', unit: '', tone: 'plain', codes: ['news2'], digits: 0 }
export const GLUCOSE: Parameter = {
  key: 'glucose',
  label: 'Glucose',
  unit: 'mg/dL',
  tone: 'glucose',
  codes: ['glucose'],
  digits: 0,
}
/** The pressure is said as one: systolic/diastolic (mean). */
export const PRESSURE: Parameter = {
  key: 'nibp',
  label: 'NIBP',
  unit: 'mmHg',
  tone: 'pressure',
  codes: ['systolic'],
  digits: 0,
  spot: true,
}

/** Digits after the point with which a vital is told. */
export function digitsOf(code: string): number {
  return code === 'temperature' ? TEMPERATURE.digits : 0
}

export const MISSING_TEXT = '– –'

/** The numeral of a parameter: the first source that is current, else the newest one that is worth showing, else why there is none. */
export function numeralOf(
  parameter: Parameter,
  patient: PatientState,
  alarms: readonly Alarm[],
  nowMs: number,
): Numeral {
  const chosen = sourceOf(parameter, patient, alarms, nowMs)
  if (!chosen) {
    return {
      text: MISSING_TEXT,
      freshness: 'missing',
      note: missingReason(parameter, patient, alarms, nowMs),
      code: undefined,
    }
  }
  const { code, value, freshness } = chosen
  const age = ageText(nowMs - value.time)
  return {
    text: parameter.key === 'nibp' ? pressureText(patient, value) : format(value.value, parameter.digits),
    freshness,
    note: freshness === 'old' || parameter.spot ? age : '',
    code,
  }
}

function sourceOf(parameter: Parameter, patient: PatientState, alarms: readonly Alarm[], nowMs: number) {
  const sources = parameter.codes.flatMap((code) => {
    const value = patient.values[code]
    if (!value) return []
    const freshness = freshnessOf(code, value, nowMs)
    // Of a device that is known to be silent nothing is current, and what it measured all the time is not shown at all.
    const silent = sourceSilentSince(value.device, patient, alarms, nowMs) !== undefined
    if (freshness === 'missing' || (silent && isContinuous(code))) return []
    return [{ code, value, freshness: silent ? ('old' as const) : freshness }]
  })
  const newest = [...sources].sort((a, b) => b.value.time - a.value.time)[0]
  return sources.find((source) => source.freshness === 'current') ?? newest
}

/** A broken connection may be back in a moment: until then the age of the values says enough. */
const OFFLINE_AFTER_MS = 5000

/** Since when nothing comes from a device: said by its alarm, or by the end of its connection. `undefined`: it is not known to be silent. */
function deviceSilentSince(
  device: PatientState['devices'][number],
  alarms: readonly Alarm[],
  nowMs: number,
): number | undefined {
  const alarm = alarms.find(
    (alarm) => alarm.type === 'no-data' && alarm.device === device.id && alarm.conditionEndedAt === undefined,
  )
  if (alarm) return alarm.onset
  const seen = device.lastSeenAt
  return device.state === 'offline' && seen !== undefined && nowMs - seen > OFFLINE_AFTER_MS ? seen : undefined
}

/** Since when nothing comes from any device of a patient. `undefined`: something does, or there is no device. */
export function silentSince(patient: PatientState, alarms: readonly Alarm[], nowMs: number): number | undefined {
  let newest: number | undefined
  for (const device of patient.devices) {
    const since = deviceSilentSince(device, alarms, nowMs)
    if (since === undefined) return undefined
    newest = Math.max(newest ?? since, since)
  }
  return newest
}

/** The same of a value's source; what is derived from all devices is as silent as all of them, what staff entered never is. */
function sourceSilentSince(source: string, patient: PatientState, alarms: readonly Alarm[], nowMs: number) {
  if (source === 'staff') return undefined
  const device = patient.devices.find(({ id }) => id === source)
  return device ? deviceSilentSince(device, alarms, nowMs) : silentSince(patient, alarms, nowMs)
}

/** `102/61`, from one measurement: a diastolic of another time is not put beside it. */
function pressureText(patient: PatientState, systolic: LatestValue): string {
  const diastolic = patient.values['diastolic']
  const same = diastolic !== undefined && diastolic.time === systolic.time
  return `${format(systolic.value, 0)}/${same ? format(diastolic.value, 0) : '–'}`
}

export function format(value: number | string, digits: number): string {
  return typeof value === 'number' ? value.toFixed(digits) : value
}

/** Why there is no value, in the words of the ward. */
export function missingReason(
  parameter: Parameter,
  patient: PatientState,
  alarms: readonly Alarm[],
  nowMs: number,
): string {
  if (patient.monitoring.state === 'standby') return 'standby'
  if (patient.monitoring.state === 'discharged') return 'discharged'
  const technical = (type: Alarm['type']) =>
    alarms.find((alarm) => alarm.type === type && alarm.conditionEndedAt === undefined)
  if (parameter.fromEcg && technical('lead-off')) return 'lead off'
  const silent = technical('no-data')
  if (silent) return `no data since ${sinceText(silent.onset, nowMs)}`
  if (patient.devices.length === 0) return 'no device'
  const seen = patient.devices.map((device) => device.lastSeenAt ?? 0).reduce((a, b) => Math.max(a, b), 0)
  if (patient.devices.every((device) => device.state === 'offline')) {
    return seen > 0 ? `no data since ${sinceText(seen, nowMs)}` : 'no data'
  }
  if (parameter.fromEcg && technical('signal-quality')) return 'signal poor'
  const last = parameter.codes.map((code) => patient.values[code]?.time ?? 0).reduce((a, b) => Math.max(a, b), 0)
  if (last > 0) return `no value since ${sinceText(last, nowMs)}`
  return parameter === NEWS2 ? 'not scored' : 'not measured'
}
