import type { Alarm, AlarmGroup, FindingType } from '@pulsewire/contracts'
import { clockText, minuteText } from '../vitals/clock.ts'

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
  'av-block': 'AV block?',
  'ventricular-bigeminy': 'Ventricular bigeminy',
  'ventricular-trigeminy': 'Ventricular trigeminy',
  'idioventricular-rhythm': 'Idioventricular rhythm',
  'st-episode': 'ST change',
  'myocardial-infarction': 'HEART ATTACK?',
  limit: 'Limit',
  news2: 'NEWS2',
  'sepsis-risk': 'Sepsis risk',
  trend: 'Trend',
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
  proof: 'Proof',
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

export function alarmTitle(alarm: Pick<Alarm, 'type' | 'code' | 'side' | 'message'>): string {
  // What of the system fails is not in its type: `The analysis does not answer: watch the patients …`.
  if (alarm.type === 'system') return alarm.message.split(':')[0] ?? alarm.message
  if (alarm.type === 'limit' && alarm.code !== undefined) return `${vitalWord(alarm.code)} ${alarm.side ?? ''}`.trim()
  return TITLES[alarm.type]
}

/** A group in the words of its cause: where several fell silent at once, how many. */
export function groupTitle({ why, cause, members }: AlarmGroup): string {
  const silent = members.filter(({ type }) => type === 'no-data')
  if (why === 'outage') return `No data from ${new Set(silent.map(({ patient }) => patient)).size} patients`
  if (why === 'patient') return `No data from ${silent.length} devices`
  return alarmTitle(cause)
}

/** What the state of an alarm means for who reads it. */
export function stateWord(alarm: Alarm): string {
  switch (alarm.state) {
    case 'active':
      return 'not acknowledged'
    case 'acknowledged':
      return alarm.acknowledgedBy === undefined ? 'acknowledged' : `acknowledged by ${alarm.acknowledgedBy}`
    case 'latched':
      return alarm.conditionEndedAt === undefined
        ? 'over, not acknowledged'
        : `over since ${minuteText(alarm.conditionEndedAt)}, not acknowledged`
    case 'ended':
      return 'ended'
  }
}

/** What else one should know of an alarm: that nobody came, that its data is old, that its reason was withdrawn. */
export function marksOf(alarm: Alarm): string {
  return [
    escalationWord(alarm),
    alarm.state === 'acknowledged' && alarm.remindedAt !== undefined
      ? `still there at ${minuteText(alarm.remindedAt)}`
      : '',
    alarm.late ? 'data came late' : '',
    alarm.evidence['withdrawn'] === true ? 'withdrawn' : '',
  ]
    .filter((mark) => mark !== '')
    .join(', ')
}

function escalationWord({ escalation, addressedTo }: Alarm): string {
  if (escalation === 0) return ''
  if (addressedTo !== undefined) return `escalated to ${addressedTo}`
  return `escalated ${escalation === 1 ? 'once' : `${escalation} times`}`
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
