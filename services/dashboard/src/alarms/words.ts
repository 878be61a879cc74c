import type { Alarm, FindingType, JsonValue } from '@pulsewire/contracts'
import { clockText } from '../vitals/clock.ts'

/** Alarm types in the words of the ward, short enough for a tile. */
const TITLES: Record<FindingType, string> = {
  asystole: 'ASYSTOLE',
  'ventricular-fibrillation': 'V-FIB',
  'ventricular-tachycardia': 'V-TACH',
  'extreme-bradycardia': 'EXTREME BRADY',
  'extreme-tachycardia': 'EXTREME TACHY',
  bradycardia: 'Bradycardia',
  tachycardia: 'Tachycardia',
  pause: 'Pause',
  'atrial-fibrillation': 'Atrial fibrillation',
  'st-episode': 'ST change',
  'myocardial-infarction': 'HEART ATTACK?',
  limit: 'Limit',
  news2: 'NEWS2',
  'sepsis-risk': 'Sepsis risk',
  hypoglycaemia: 'Low glucose',
  hyperglycaemia: 'High glucose',
  'patient-button': 'PATIENT CALLS',
  fall: 'FALL',
  'no-data': 'No data',
  'signal-quality': 'Signal poor',
  'lead-off': 'Lead off',
  'battery-low': 'Battery low',
  clock: 'Device clock off',
  quarantined: 'Data refused',
  system: 'System',
}

const VITALS: Record<string, string> = {
  heartRate: 'HR',
  'heartRate.ecg': 'HR',
  pulseRate: 'Pulse',
  spo2: 'SpO2',
  respirationRate: 'RR',
  'respirationRate.ecg': 'RR',
  systolic: 'Systolic',
  diastolic: 'Diastolic',
  meanArterial: 'Mean pressure',
  temperature: 'Temp',
  glucose: 'Glucose',
  supplementalOxygen: 'Oxygen',
  consciousness: 'Consciousness',
  news2: 'NEWS2',
}

export function vitalWord(code: string): string {
  return VITALS[code] ?? code
}

export function alarmTitle(alarm: Pick<Alarm, 'type' | 'code' | 'side'>): string {
  if (alarm.type === 'limit' && alarm.code !== undefined) return `${vitalWord(alarm.code)} ${alarm.side ?? ''}`.trim()
  return TITLES[alarm.type]
}

/** What the state of an alarm means for who reads it. */
export function stateWord(alarm: Alarm): string {
  switch (alarm.state) {
    case 'active':
      return 'active'
    case 'acknowledged':
      return alarm.acknowledgedBy === undefined ? 'acknowledged' : `acknowledged by ${alarm.acknowledgedBy}`
    case 'latched':
      return 'over, not acknowledged'
    case 'ended':
      return 'ended'
  }
}

const DAY_MS = 86_400_000

/** A message says times as `14:01:40 UTC`; the ward reads its own clock. `onsetMs` tells the day. */
export function localTimes(message: string, onsetMs: number): string {
  return message.replaceAll(/\b(\d\d):(\d\d):(\d\d) UTC\b/g, (_, hours: string, minutes: string, seconds: string) => {
    const ofDay = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
    const days = Math.round((onsetMs - ofDay) / DAY_MS)
    return clockText(days * DAY_MS + ofDay)
  })
}

/** Codes in evidence that are words of ours, in words of the ward. */
const PLAIN: Record<string, string> = {
  contiguous: 'neighbouring leads',
  'one-lead': 'one lead',
  low: 'low',
  high: 'high',
}
/** Fields that the title and the time beside it say already. */
const SAID: ReadonlySet<string> = new Set(['code', 'side', 'unit', 'since', 'at'])
/** Names of fields in words of the ward, where the name itself is not. */
const NAMES: Record<string, string> = {
  support: 'supported by',
  uncertain: 'measurement uncertain',
  points: 'points',
  stale: 'too old to count',
  missing: 'not known',
  spo2Scale: 'SpO2 scale',
  heartRate: 'heart rate',
  sirs: 'SIRS',
  qsofa: 'qSOFA',
}
/** Fields whose object is millivolts by lead. */
const BY_LEAD: Record<string, string> = {
  leads: 'ST up',
  reciprocalDepression: 'ST down opposite',
  thresholds: 'ST limit by lead',
}

/** Units by the ending of an evidence field's name. */
const ENDINGS: readonly [RegExp, string, (value: number) => string][] = [
  [/(Mv|MilliVolts?)$/, ' mV', (value) => (value > 0 ? `+${value.toFixed(2)}` : value.toFixed(2))],
  [/Bpm$/, '/min', (value) => value.toFixed(0)],
  [/PerMin(ute)?$/, '/min', (value) => value.toFixed(0)],
  [/Hz$/, ' Hz', (value) => value.toFixed(1)],
  [/(Seconds|S)$/, ' s', (value) => value.toFixed(1)],
  [/Percent$/, ' %', (value) => value.toFixed(0)],
]
const EPOCH_FROM = 946_684_800_000

/** The evidence of an alarm as lines that a nurse can read; nested facts come with their names before them. */
export function evidenceLines(evidence: Readonly<Record<string, JsonValue>>): string[] {
  return Object.entries(evidence).flatMap(([name, value]) => {
    if (SAID.has(name)) return []
    const before = /^(.+)Now$/.exec(name)?.[1]
    if (before !== undefined && typeof evidence[`${before}Before`] === 'number') {
      return [`${words(before)}: ${scalar('', evidence[`${before}Before`] ?? null)} → ${scalar('', value)}`]
    }
    const now = /^(.+)Before$/.exec(name)?.[1]
    return now !== undefined && evidence[`${now}Now`] !== undefined ? [] : lines(name, value, 0)
  })
}

function lines(name: string, value: JsonValue, depth: number): string[] {
  if (value === null || value === false) return []
  if (Array.isArray(value)) {
    if (value.length === 0) return []
    if (value.every((entry) => typeof entry !== 'object' || entry === null)) {
      return [`${words(name)}: ${value.map((entry) => scalar(name, entry)).join(', ')}`]
    }
    return value.flatMap((entry) => [`${words(name)}: ${inline(entry)}`])
  }
  const byLead = BY_LEAD[name]
  if (typeof value === 'object' && byLead !== undefined) {
    const levels = Object.entries(value).map(([lead, level]) => `${lead} ${scalar('Mv', level)} mV`)
    return levels.length === 0 ? [] : [`${byLead}: ${levels.join(', ')}`]
  }
  if (typeof value === 'object') {
    if (Object.keys(value).length === 0) return []
    if (depth >= 1 || Object.values(value).every((entry) => typeof entry !== 'object' || entry === null)) {
      return [`${words(name)}: ${inline(value)}`]
    }
    return Object.entries(value).flatMap(([inner, entry]) => lines(inner, entry, depth + 1))
  }
  return [`${words(name)}: ${scalar(name, value)}${unit(name, value)}`]
}

function inline(value: JsonValue): string {
  if (Array.isArray(value)) return value.map(inline).join(', ')
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([name, entry]) =>
        typeof entry === 'object'
          ? `${words(name)} ${inline(entry)}`
          : `${words(name)} ${scalar(name, entry)}${unit(name, entry)}`,
      )
      .join(', ')
  }
  return scalar('', value)
}

function scalar(name: string, value: JsonValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return clockText(Date.parse(value))
    return PLAIN[value] ?? VITALS[value] ?? value
  }
  if (typeof value !== 'number') return JSON.stringify(value)
  if (value > EPOCH_FROM) return clockText(value)
  if (name.endsWith('Ms')) return (value / 1000).toFixed(1)
  const known = ENDINGS.find(([ending]) => ending.test(name))
  if (known) return known[2](value)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}

function unit(name: string, value: JsonValue): string {
  if (typeof value !== 'number' || value > EPOCH_FROM) return ''
  if (name.endsWith('Ms')) return ' s'
  return ENDINGS.find(([ending]) => ending.test(name))?.[1] ?? ''
}

const LEAD = /^(I{1,3}|aV[RLF]|V\d|V[34]R|MLI{1,3})$/

/** `heartRateBpm` → `heart rate`; the names of leads and vitals stay as they are. */
function words(name: string): string {
  if (LEAD.test(name)) return name
  const known = NAMES[name] ?? VITALS[name]
  if (known !== undefined) return known
  return name
    .replace(/(Mv|MilliVolts?|Bpm|PerMin(ute)?|Hz|Seconds|Percent|Ms)$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .replaceAll(/\b[A-Z][a-z]/g, (letter) => letter.toLowerCase())
    .replace(/^st\b/i, 'ST')
}
