import type { JsonValue } from '@pulsewire/contracts'
import { unitOf } from '@pulsewire/contracts/vitals'
import { clockText } from '../vitals/clock.ts'
import { vitalWord } from './words.ts'

type Evidence = Readonly<Record<string, JsonValue>>

/** Codes in evidence, in words of the ward. */
const PLAIN: Record<string, string> = {
  contiguous: 'neighbouring leads',
  'one-lead': 'one lead',
  '*': 'all',
  missing: 'samples missing',
  flat: 'flat line',
  saturated: 'signal at its limit',
  'low-amplitude': 'signal too small',
  'power-line': 'hum of the mains',
  implausible: 'not in millivolts, or not of a heart',
}
/** Fields that the title, the message or the time beside them say already. */
const SAID: ReadonlySet<string> = new Set([
  'code',
  'side',
  'unit',
  'since',
  'at',
  'why',
  'saidBy',
  'complete',
  'partitions',
  'silentAfterMs',
  'partitionsLastHeard',
  'withdrawn',
  // Said with the leads.
  'basis',
  'region',
])
/** Names of fields in words of the ward, where the name itself is not. */
const NAMES: Record<string, string> = {
  support: 'supported by',
  uncertain: 'measurement uncertain',
  stale: 'too old to count',
  missing: 'not known',
  heartRate: 'heart rate',
  heartRateBpm: 'heart rate',
  patientButton: 'patient pressed the button',
  symptoms: 'reported',
  signal: 'lead',
  signals: 'leads',
  reasons: 'reason',
  irregularity: 'irregularity of the beats',
  silentMs: 'without a beat',
  deltaMv: 'ST change',
  extremeMv: 'greatest ST change',
  referenceMv: 'ST before',
  suppressed: 'against it',
  partitionsUnwatched: 'parts of the ward without analysis',
  sirs: 'SIRS',
  qsofa: 'qSOFA',
}
/** UCUM as the ward writes it. */
const UNIT_WORDS: Record<string, string> = { Cel: '°C', 'mm[Hg]': 'mmHg', uS: 'µS', '1': '', '{score}': '' }
/** Units by the ending of a field's name, and how its number is written. */
const ENDINGS: readonly [RegExp, string, (value: number) => string][] = [
  [/(Mv|MilliVolts?)$/, ' mV', signed],
  [/Bpm$|PerMin(ute)?$/, '/min', (value) => value.toFixed(0)],
  [/Hz$/, ' Hz', (value) => value.toFixed(1)],
  [/Ms$/, ' s', (value) => (value / 1000).toFixed(1)],
  [/(Seconds|S)$/, ' s', (value) => value.toFixed(1)],
  [/Percent$|^battery$/, ' %', (value) => value.toFixed(0)],
]
const EPOCH_FROM = 946_684_800_000

/** The evidence of an alarm as lines that a nurse can read; nested facts come with their names before them. */
export function evidenceLines(evidence: Evidence): string[] {
  return Object.entries(evidence)
    .flatMap(([name, value]) => special(name, value, evidence) ?? lines(name, value, evidence, 0))
    .map((line) => line.charAt(0).toUpperCase() + line.slice(1))
}

/** The lines of a field that is said in its own way; `undefined`: as any other. */
function special(name: string, value: JsonValue, evidence: Evidence): string[] | undefined {
  if (SAID.has(name)) return []
  const vital = /^(.+)(Before|Now)$/.exec(name)?.[1]
  if (vital !== undefined) {
    const before = evidence[`${vital}Before`]
    const now = evidence[`${vital}Now`]
    if (before !== undefined && now !== undefined) {
      if (name.endsWith('Before')) return []
      return [`${words(vital)}: ${scalar('', before)} → ${scalar('', now)}${unitWord(vital)}`]
    }
  }
  switch (name) {
    case 'leads':
      return isObject(value) ? [`ST up: ${byLead(value)}${where(evidence)}`] : undefined
    case 'reciprocalDepression':
      if (!isObject(value)) return undefined
      return Object.keys(value).length === 0 ? [] : [`ST down opposite: ${byLead(value)}`]
    case 'thresholds':
      return isObject(value) ? [`ST limit: ${sameOrByLead(value)}`] : undefined
    case 'points':
      return isObject(value) ? [pointsLine(value)] : undefined
    case 'support':
      return isToldInDetail(evidence) ? [] : undefined
    case 'spo2Scale':
      return value === 2 ? ['SpO2 scored on scale 2 (target 88 to 92 %)'] : []
    case 'otherLeads':
      return [value === true ? 'other leads can be read' : 'no other lead can be read']
    default:
      return undefined
  }
}

/** What supports a heart attack stands in fields of its own too, with units and times. */
function isToldInDetail(evidence: Evidence): boolean {
  return Object.keys(evidence).some((name) => name === 'symptoms' || name === 'patientButton' || name.endsWith('Now'))
}

function where({ basis, region }: Evidence): string {
  const said = [basis, region].filter((part) => typeof part === 'string').map((part) => PLAIN[part] ?? part)
  return said.length === 0 ? '' : ` (${said.join(', ')})`
}

function byLead(levels: Record<string, JsonValue>): string {
  return Object.entries(levels)
    .map(([lead, level]) => `${lead} ${scalar('Mv', level)} mV`)
    .join(', ')
}

function sameOrByLead(levels: Record<string, JsonValue>): string {
  const [first, ...others] = [...new Set(Object.values(levels))]
  return first !== undefined && others.length === 0 ? `${scalar('Mv', first)} mV` : byLead(levels)
}

/** `points: respiration 3, pulse 1, others 0` */
function pointsLine(points: Record<string, JsonValue>): string {
  const scoring = Object.entries(points).filter(([, value]) => value !== 0)
  const others = scoring.length < Object.keys(points).length ? ['others 0'] : []
  return `points: ${[...scoring.map(([name, value]) => `${words(name)} ${scalar('', value)}`), ...others].join(', ')}`
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function lines(name: string, value: JsonValue, evidence: Evidence, depth: number): string[] {
  if (value === null || value === false) return []
  if (Array.isArray(value)) {
    if (value.length === 0) return []
    if (value.every((entry) => typeof entry !== 'object' || entry === null)) {
      return [`${words(name)}: ${value.map((entry) => scalar(name, entry)).join(', ')}`]
    }
    return value.flatMap((entry) => [`${words(name)}: ${inline(entry)}`])
  }
  if (isObject(value)) {
    if (Object.keys(value).length === 0) return []
    if (depth >= 1 || !Object.values(value).some((entry) => typeof entry === 'object' && entry !== null)) {
      return [`${words(name)}: ${inline(value)}`]
    }
    return Object.entries(value).flatMap(([inner, entry]) => lines(inner, entry, evidence, depth + 1))
  }
  if (value === true) return [words(name)]
  return [`${words(name)}: ${scalar(name, value)}${unit(name, value, evidence)}`]
}

function inline(value: JsonValue): string {
  if (Array.isArray(value)) return value.map(inline).join(', ')
  if (!isObject(value)) return scalar('', value)
  return Object.entries(value)
    .filter(([, entry]) => entry !== null)
    .map(([name, entry]) =>
      typeof entry === 'object'
        ? `${words(name)} ${inline(entry)}`
        : `${words(name)} ${scalar(name, entry)}${unit(name, entry, {})}`,
    )
    .join(', ')
}

function scalar(name: string, value: JsonValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\dT/.test(value)) return clockText(Date.parse(value))
    if (/^[a-z]+(-[a-z]+)+$/.test(value)) return PLAIN[value] ?? value.replaceAll('-', ' ')
    return PLAIN[value] ?? vitalWord(value.replace(/^ecg\./, ''))
  }
  if (typeof value !== 'number') return JSON.stringify(value)
  if (value > EPOCH_FROM) return clockText(value)
  const known = ENDINGS.find(([ending]) => ending.test(name))
  if (known) return known[2](value)
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)))
}

/** The unit of a number: by the name's ending, by the vital that it is, or as the evidence of a limit says. */
function unit(name: string, value: JsonValue, evidence: Evidence): string {
  if (typeof value !== 'number' || value > EPOCH_FROM) return ''
  const known = ENDINGS.find(([ending]) => ending.test(name))
  if (known) return known[1]
  const { unit: said } = evidence
  if (typeof said === 'string' && ['value', 'worst', 'limit'].includes(name)) return spaced(said)
  return unitWord(name)
}

function unitWord(code: string): string {
  return spaced(unitOf(code) ?? '')
}

/** A unit (UCUM) as it stands after its number on the ward. */
export function spaced(ucum: string): string {
  const word = UNIT_WORDS[ucum] ?? ucum
  return word === '' ? '' : word.startsWith('/') ? word : ` ${word}`
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`
}

const LEAD = /^-?(I{1,3}|aV[RLF]|V\d|V[34]R|MLI{1,3})$/

/** `heartRateBpm` → `heart rate`; the names of leads and vitals stay as they are. */
function words(name: string): string {
  if (LEAD.test(name)) return name
  const known = NAMES[name] ?? vitalWord(name)
  if (known !== name) return known
  return name
    .replace(/(Mv|MilliVolts?|Bpm|PerMin(ute)?|Hz|Seconds|Percent|Ms)$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/[-_.]/g, ' ')
    .replaceAll(/\b[A-Z][a-z]/g, (letter) => letter.toLowerCase())
    .replace(/^st\b/i, 'ST')
}
