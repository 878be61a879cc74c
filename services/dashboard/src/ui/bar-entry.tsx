import type { Alarm } from '@pulsewire/contracts'
import type { AlarmGroup } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { mostUrgent } from '../alarms/order.ts'
import { alarmTitle, groupTitle, localTimes, marksOf, stateWord } from '../alarms/words.ts'
import type { PatientState } from '../live/state.ts'
import { sinceText } from '../vitals/clock.ts'
import { AcknowledgeButton } from './acknowledge-button.tsx'
import { toPatient, toWard } from './hooks.ts'
import { PriorityShape } from './icons.tsx'

interface BarEntryProps {
  group: AlarmGroup
  patients: ReadonlyMap<string, PatientState>
  now: number
  selected: boolean
  /** With its message and, where it is of many, each of them. */
  full: boolean
  noRoom: boolean
  onOpen: () => void
}

/** One cause in the alarm bar: an alarm, or several as one that unfolds. */
export function BarEntry({ group, patients, now, selected, full, noRoom, onOpen }: BarEntryProps) {
  const { cause, members, why } = group
  const urgent = mostUrgent(group)
  const isOfWard = why === 'outage' || cause.type === 'system'
  const bedOf = ({ patient }: Alarm) => patients.get(patient)?.place ?? patients.get(patient)?.name ?? patient
  const bed = cause.type === 'system' ? 'System' : why === 'outage' ? 'Ward' : bedOf(cause)
  const state = members.some(needsAcknowledgement) ? 'unacknowledged' : 'acknowledged'
  return (
    <li class={noRoom ? 'no-room' : ''}>
      <a
        href={isOfWard ? toWard : toPatient(cause.patient)}
        class={`bar-entry ${urgent.priority} ${state} ${selected ? 'selected' : ''}`}
        data-alarm={members.map(({ id }) => id).join(' ')}
        onClick={onOpen}
      >
        <PriorityShape priority={urgent.priority} />
        <span class="bar-bed">{bed}</span> <strong>{groupTitle(group)}</strong>{' '}
        {members.length > 1 && <span class="since">{members.length} alarms</span>}{' '}
        <span class="since">{sinceText(cause.onset, now)}</span>
        {full ? <FullText alarm={cause} /> : <span class="since">{shortMarks(urgent)}</span>}
      </a>
      {full && members.length > 1 && (
        <details class="bar-members">
          <summary>The {members.length} alarms of this cause</summary>
          <ul>
            {members.map((member) => (
              <li key={member.id} data-alarm={member.id}>
                <PriorityShape priority={member.priority} /> {member.type === 'system' ? 'System' : bedOf(member)}{' '}
                <strong>{alarmTitle(member)}</strong> <FullText alarm={member} />
                <AcknowledgeButton alarm={member} bed={bedOf(member)} />
              </li>
            ))}
          </ul>
          <AcknowledgeButton alarm={cause} also={members.slice(1)} bed={bed} />
        </details>
      )}
    </li>
  )
}

function FullText({ alarm }: { alarm: Alarm }) {
  const state = [stateWord(alarm), marksOf(alarm)].filter((text) => text !== '').join(', ')
  return (
    <span class="bar-full">
      {localTimes(alarm.message, alarm.onset)} · {state}
    </span>
  )
}

/** The state of an alarm where there is room for a word only. */
function shortMarks(alarm: Alarm): string {
  const state = alarm.state === 'acknowledged' ? '✓' : alarm.state === 'latched' ? 'over' : ''
  return [state, alarm.escalation > 0 ? 'escalated' : '', alarm.late ? 'late data' : '']
    .filter((mark) => mark !== '')
    .join(', ')
}
