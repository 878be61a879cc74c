import type { Alarm, Finding } from '@pulsewire/contracts'
import { evidenceLines } from '../alarms/evidence.ts'
import { alarmTitle, localTimes, stateWord, vitalWord } from '../alarms/words.ts'
import type { Annotation } from '../annotations/notes.ts'
import type { Answer } from '../api/client.ts'
import type { StaffCommand } from '../api/operations.ts'
import { ageText } from '../vitals/age.ts'
import { minuteText } from '../vitals/clock.ts'

export type DeviceHappening = Answer<'GET /patients/{id}/events'>['devices'][number]

export const TIMELINE_KINDS = ['alarm', 'finding', 'staff', 'device', 'note'] as const
export type TimelineKind = (typeof TIMELINE_KINDS)[number]
export const KIND_WORDS: Readonly<Record<TimelineKind, string>> = {
  alarm: 'Alarms',
  finding: 'Findings',
  staff: 'Staff',
  device: 'Devices',
  note: 'Notes',
}

/** One line of the timeline. */
export interface TimelineEntry {
  readonly key: string
  readonly time: number
  readonly kind: TimelineKind
  readonly title: string
  readonly text: string
  readonly alarm?: Alarm
  readonly note?: Annotation
  /** A strip may show it. */
  readonly hasStrip: boolean
}

/** What a timeline is made of. */
export interface Happenings {
  readonly alarms: readonly Alarm[]
  readonly findings: readonly Finding[]
  readonly devices: readonly DeviceHappening[]
  readonly actions: readonly StaffCommand[]
  readonly notes: readonly Annotation[]
}

/** All of it in one line of time, newest first; what an alarm says is not said again as its finding. */
export function timelineEntries({ alarms, findings, devices, actions, notes }: Happenings): TimelineEntry[] {
  const ofAlarms = new Set(alarms.map(({ id }) => id))
  const titles = new Map(alarms.map((alarm) => [alarm.id, alarmTitle(alarm)]))
  return [
    ...alarms.map(alarmEntry),
    ...findings.filter(({ id, type }) => !ofAlarms.has(id) && type !== 'proof').map(findingEntry),
    ...devices.map(deviceEntry),
    ...actions.flatMap((action) => actionEntry(action, titles)),
    ...notes.map(noteEntry),
  ].sort((one, other) => other.time - one.time || (one.key < other.key ? -1 : 1))
}

function alarmEntry(alarm: Alarm): TimelineEntry {
  const ended = alarm.conditionEndedAt ?? alarm.endedAt
  const verdict = alarm.verdict === undefined ? '' : `${alarm.verdict.verdict} by ${alarm.verdict.by}`
  const parts = [
    localTimes(alarm.message, alarm.onset),
    `${alarm.priority} priority`,
    ended === undefined ? stateWord(alarm) : `lasted ${ageText(ended - alarm.onset)}, ${stateWord(alarm)}`,
    verdict,
  ]
  return {
    key: alarm.id,
    time: alarm.onset,
    kind: 'alarm',
    title: alarmTitle(alarm),
    text: parts.filter((part) => part !== '').join(' · '),
    alarm,
    hasStrip: alarm.kind === 'physiological',
  }
}

function findingEntry(finding: Finding): TimelineEntry {
  const lasted = finding.end === undefined ? 'goes on' : ageText(finding.end - finding.onset)
  const [first] = evidenceLines(finding.evidence)
  const parts = [localTimes(finding.message, finding.onset), lasted, finding.late ? 'late data' : '', first ?? '']
  return {
    key: finding.id,
    time: finding.onset,
    kind: 'finding',
    title: alarmTitle(finding),
    text: parts.filter((part) => part !== '').join(' · '),
    hasStrip: true,
  }
}

const DEVICE_WORDS: Readonly<Record<string, string>> = {
  online: 'Connected',
  offline: 'Connection ended',
  'battery-low': 'Battery low',
  'lead-off': 'Lead off',
  'patient-button': 'Patient pressed the button',
  symptom: 'Symptom reported',
  fall: 'Fall',
}

function deviceEntry({ time, device, what, detail, battery }: DeviceHappening): TimelineEntry {
  const parts = [device, detail ?? '', battery === undefined ? '' : `battery ${Math.round(battery)} %`]
  return {
    key: `${device} ${what} ${time}`,
    time,
    kind: 'device',
    title: DEVICE_WORDS[what] ?? what,
    text: parts.filter((part) => part !== '').join(' · '),
    hasStrip: what !== 'online' && what !== 'offline',
  }
}

/** What staff did; a note is told as the note. */
function actionEntry(action: StaffCommand, titles: ReadonlyMap<string, string>): TimelineEntry[] {
  if (action.type === 'annotation') return []
  const said = actionWords(action, (id) => titles.get(id) ?? id.split('.')[1] ?? 'an alarm')
  return [
    {
      key: action.id,
      time: action.type === 'observation' ? action.observedAt : action.at,
      kind: 'staff',
      title: said.title,
      text: [said.text, `by ${action.by}`].filter((part) => part !== '').join(' · '),
      hasStrip: false,
    },
  ]
}

type Said = { readonly title: string; readonly text: string }

function actionWords(action: Exclude<StaffCommand, { type: 'annotation' }>, titleOf: (alarm: string) => string): Said {
  switch (action.type) {
    case 'acknowledge':
      return { title: 'Acknowledged', text: titleOf(action.alarm) }
    case 'pause':
      return {
        title: 'Sound paused',
        text: `${action.alarm === undefined ? 'all alarms' : titleOf(action.alarm)} until ${minuteText(action.until)}`,
      }
    case 'comment':
      return { title: 'Comment', text: `${titleOf(action.alarm)}: ${action.text}` }
    case 'verdict':
      return {
        title: action.verdict === 'confirmed' ? 'Alarm confirmed' : 'False alarm',
        text: [titleOf(action.alarm), action.reason ?? ''].filter((part) => part !== '').join(': '),
      }
    case 'monitoring':
      return {
        title: `Monitoring ${action.state}`,
        text: action.until === undefined ? '' : `until ${minuteText(action.until)}`,
      }
    case 'hand-over':
      return { title: 'Hand-over offered', text: [`to ${action.to}`, action.note ?? ''].filter(Boolean).join(': ') }
    case 'take-over':
      return { title: 'Patient taken over', text: '' }
    case 'observation':
      return {
        title: 'Observations entered',
        text: Object.entries(action.vitals)
          .map(([code, value]) => `${vitalWord(code)} ${String(value)}`)
          .join(', '),
      }
    case 'limits':
      return { title: 'Limits changed', text: limitsText(action) }
  }
}

function limitsText({ before, after }: Extract<StaffCommand, { type: 'limits' }>): string {
  const codes = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const value = (limit: number | undefined) => (limit === undefined ? 'not watched' : String(limit))
  return codes
    .flatMap((code) =>
      (['low', 'high'] as const).flatMap((side) => {
        const [old, current] = [before[code]?.[side], after[code]?.[side]]
        return old === current ? [] : [`${vitalWord(code)} ${side} ${value(old)} → ${value(current)}`]
      }),
    )
    .join(', ')
}

function noteEntry(note: Annotation): TimelineEntry {
  return { key: note.id, time: note.at, kind: 'note', title: 'Note', text: note.text, note, hasStrip: true }
}
