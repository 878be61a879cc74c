import type { Alarm } from '@pulsewire/contracts'
import { groupAlarms } from '@pulsewire/contracts/alarm-groups'
import { CATEGORY_WORDS } from '../../../annotations/notes.ts'
import { spaced } from '../../../alarms/evidence.ts'
import { byUrgency } from '../../../alarms/order.ts'
import { alarmTitle, groupTitle, stateWord, vitalWord } from '../../../alarms/words.ts'
import { lasting } from '../../../reports/format.ts'
import { ageAndSex, minuteText, sinceText } from '../../../vitals/clock.ts'
import { digitsOf, format } from '../../../vitals/numerals.ts'
import { toPatient, useWard } from '../../hooks.ts'
import { PriorityShape } from '../../icons.tsx'
import type { HandOver } from './hand-over-page.tsx'
import { News2Course } from './news2-course.tsx'
import { OfferForm, Responsible } from './offer-form.tsx'

export type Shift = HandOver['patients'][number]

const LOW_BATTERY = 20
const SILENT_MS = 60_000

/** One patient's shift: what stands first, then what was. */
export function PatientShift({ shift, now, onDone }: { shift: Shift; now: number; onDone: () => void }) {
  const live = useWard((state) => state.patients.get(shift.id)?.monitoring)
  const monitoring = live ?? shift.monitoring
  const facts = factsOf(shift, now)
  return (
    <li class="shift-patient" data-patient={shift.id}>
      <header>
        <h2>
          <a href={toPatient(shift.id)}>
            <span class="bed">{shift.place ?? '–'}</span> {shift.name}
          </a>{' '}
          <span class="age-sex">{ageAndSex(shift, now)}</span>
        </h2>
        {monitoring.state !== 'on' && (
          <span class="badge">
            {monitoring.state}
            {monitoring.until === undefined ? ', without an end' : ` until ${minuteText(monitoring.until)}`}: no alarms
          </span>
        )}
        <Responsible monitoring={monitoring} now={now} />
      </header>
      <Standing alarms={shift.standing} />
      <News2Course points={shift.news2} latest={shift.latest['news2']} now={now} />
      <dl class="shift-facts">
        {facts.map(([name, lines]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {lines.map((line) => (
                <span key={line} class="fact">
                  {line}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <OfferForm shift={shift} monitoring={monitoring} now={now} onDone={onDone} />
    </li>
  )
}

function Standing({ alarms }: { alarms: readonly Alarm[] }) {
  if (alarms.length === 0) return <p class="calm">No open alarm</p>
  return (
    <ul class="shift-standing" aria-label="Open alarms">
      {groupAlarms([...alarms].sort(byUrgency)).map((group) => (
        <li key={group.id} class={`priority-${group.cause.priority}`}>
          <PriorityShape priority={group.cause.priority} /> <strong>{groupTitle(group)}</strong>{' '}
          {group.members.length > 1 ? `${group.members.length} alarms · ` : ''}
          {stateWord(group.cause)}
        </li>
      ))}
    </ul>
  )
}

/** What happened, by subject; a subject of which there is nothing to say is left out. */
export function factsOf(shift: Shift, now: number): [string, string[]][] {
  const facts: [string, string[]][] = [
    ['Alarms', alarmLines(shift.alarms)],
    ['Notes', shift.notes.map(({ at, text, category, by }) => `${CATEGORY_WORDS[category]}, ${minuteText(at)}: ${text} (${by})`)], // prettier-ignore
    ['Lowest to highest', shift.vitals.map(extremesLine)],
    ['Rhythm', shift.rhythms.map(({ type, episodes, lastedMs, lastAt }) => `${alarmTitle({ type, message: '' })}: ${episodes === 1 ? 'once' : `${episodes} times`}, ${lasting(lastedMs)} in all, last at ${minuteText(lastAt)}`)], // prettier-ignore
    ['Limits changed', shift.limitChanges.map(({ at, by, code, side, before, after }) => `${vitalWord(code)} ${side} ${before ?? 'off'} → ${after ?? 'off'} by ${by}, ${minuteText(at)}`)], // prettier-ignore
    ['Without alarms', shift.unmonitored.map(({ from, to, state, by }) => `${state} ${sinceText(from, now)} to ${minuteText(to)}${by === undefined ? '' : ` by ${by}`}`)], // prettier-ignore
    ['Devices', deviceLines(shift, now)],
    ['No data', shift.gaps.map(({ device, from, to }) => `${nameOf(shift, device)}: ${sinceText(from, now)}, ${lasting(to - from)}`)], // prettier-ignore
  ]
  return facts.filter(([, lines]) => lines.length > 0)
}

/** `SpO2 84 (03:10) to 98 % (05:25)`; one value where both read the same. */
function extremesLine({ code, unit, low, high }: Shift['vitals'][number]): string {
  const [least, most] = [format(low.value, digitsOf(code)), format(high.value, digitsOf(code))]
  if (least === most) return `${vitalWord(code)} ${most}${spaced(unit)} all the time`
  return `${vitalWord(code)} ${least} (${minuteText(low.at)}) to ${most}${spaced(unit)} (${minuteText(high.at)})`
}

function alarmLines(alarms: Shift['alarms']): string[] {
  const lines = (['high', 'medium', 'low', 'technical'] as const).flatMap((kind) => {
    const { rang, confirmed, false: wrong } = alarms[kind]
    if (rang === 0) return []
    const judged = [confirmed > 0 ? `${confirmed} confirmed` : '', wrong > 0 ? `${wrong} false` : ''].filter(
      (part) => part !== '',
    )
    return [`${rang} ${kind}${judged.length === 0 ? '' : ` (${judged.join(', ')})`}`]
  })
  return lines.length === 0 ? ['none rang'] : lines
}

function deviceLines(shift: Shift, now: number): string[] {
  if (shift.devices.length === 0) return ['none worn']
  return shift.devices.flatMap(({ id, state, battery, lastSeenAt }) => {
    const name = nameOf(shift, id)
    return [
      battery !== undefined && battery < LOW_BATTERY
        ? `${name}: battery ${Math.round(battery)} %, charge or change it`
        : '',
      state === 'offline' ? `${name} is offline` : '',
      lastSeenAt === undefined
        ? `${name}: nothing was heard of it`
        : now - lastSeenAt > SILENT_MS
          ? `${name}: silent since ${sinceText(lastSeenAt, now)}`
          : '',
    ].filter((line) => line !== '')
  })
}

function nameOf({ devices }: Shift, id: string): string {
  const model = devices.find((device) => device.id === id)?.model
  return model === undefined ? id : `${model} (${id})`
}
