import type { Alarm } from '@pulsewire/contracts'
import { useState } from 'preact/hooks'
import { type Answer, messageOf } from '../../../api/client.ts'
import { evidenceLines } from '../../../alarms/evidence.ts'
import { alarmTitle, localTimes } from '../../../alarms/words.ts'
import { number } from '../../../reports/format.ts'
import { sinceText } from '../../../vitals/clock.ts'
import { toPatient, useStation, useWard } from '../../hooks.ts'
import { type Burden, rowTitle } from './burden-page.tsx'

type Result = Answer<'GET /reports/alarm-burden/what-if'>

/** Values are compared over so many days at most. */
const VALUES_UP_TO_DAYS = 7

interface WhatIfProps {
  burden: Burden
  asked: { from: string; to: string; unit?: string }
  days: number
}

/** What a longer delay or another limit would have spared, and what it would have missed. */
export function WhatIf({ burden, asked, days }: WhatIfProps) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [row, setRow] = useState(0)
  const [delay, setDelay] = useState('')
  const [limit, setLimit] = useState('')
  const [patient, setPatient] = useState('')
  const [result, setResult] = useState<Result | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const chosen = burden.rows[row]
  if (chosen === undefined) return null
  const hasLimit = chosen.code !== undefined && chosen.side !== undefined

  const ask = async () => {
    try {
      const { unit, ...range } = asked
      const whose = patient !== '' ? { patient } : unit === undefined ? {} : { unit }
      setResult(
        await station.api.call('GET /reports/alarm-burden/what-if', {
          query: {
            ...range,
            ...whose,
            type: chosen.type,
            priority: chosen.priority,
            ...(chosen.code === undefined ? {} : { code: chosen.code }),
            ...(chosen.side === undefined ? {} : { side: chosen.side }),
            ...(delay === '' ? {} : { delayS: delay }),
            ...(limit === '' || !hasLimit ? {} : { limit }),
          },
        }),
      )
      setProblem('')
    } catch (error) {
      setResult(undefined)
      setProblem(messageOf(error))
    }
  }
  return (
    <section class="what-if" aria-label="What if">
      <h2>What if?</h2>
      <form
        class="row-form"
        onSubmit={(event) => {
          event.preventDefault()
          void ask()
        }}
      >
        <label>
          Alarm
          <select
            value={String(row)}
            onChange={(event) => {
              setRow(Number(event.currentTarget.value))
              setResult(undefined)
            }}
          >
            {burden.rows.map((one, index) => (
              <option key={index} value={String(index)}>
                {rowTitle(one)}, {one.priority}
              </option>
            ))}
          </select>
        </label>
        <label>
          Rings only after, s
          <input inputMode="decimal" value={delay} onInput={(event) => setDelay(event.currentTarget.value)} />
        </label>
        <label>
          With the limit
          <input
            inputMode="decimal"
            disabled={!hasLimit}
            value={hasLimit ? limit : ''}
            onInput={(event) => setLimit(event.currentTarget.value)}
          />
        </label>
        {patients.size > 0 && (
          <label>
            Patient
            <select value={patient} onChange={(event) => setPatient(event.currentTarget.value)}>
              <option value="">all of them</option>
              {[...patients.values()].map(({ id, place, name }) => (
                <option key={id} value={id}>
                  {place ?? name}
                </option>
              ))}
            </select>
          </label>
        )}
        <button type="submit" disabled={delay === '' && (limit === '' || !hasLimit)}>
          Work it out
        </button>
      </form>
      {problem !== '' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {result && <Answered result={result} hasLimit={hasLimit} />}
      <p class="meaning">
        Alarms that there were tell of rules that ring less. They tell nothing of a rule that would ring more often
        {days > VALUES_UP_TO_DAYS
          ? `: for that choose one patient and at most ${VALUES_UP_TO_DAYS} days, then both rules run over the stored values`
          : ': for that choose one patient and a limit, then both rules run over the stored values'}
        . An alarm that does not say how bad it was is taken to ring on. An unjudged alarm is not a false one: the fewer
        are judged, the less this can say.
      </p>
    </section>
  )
}

function Answered({ result: { alarms, values }, hasLimit }: { result: Result; hasLimit: boolean }) {
  return (
    <div class="what-if-answer" role="status">
      <p>
        Of <strong>{alarms.rang}</strong> alarms <strong>{alarms.wouldRing}</strong> would have rung.{' '}
        <strong>{alarms.spared}</strong> would have been spared, {alarms.unjudged} of them never judged.{' '}
        <strong class={alarms.missed > 0 ? 'missed' : ''}>
          {alarms.missed} of {alarms.confirmed} confirmed alarms would have been missed.
        </strong>
      </p>
      <AlarmIds title="Missed although confirmed: look at each" ids={alarms.missedAlarms} />
      <AlarmIds title="Spared and never judged" ids={alarms.unjudgedAlarms} />
      {values && (
        <table class="report-table">
          <caption>Over the stored values of this patient</caption>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              <th scope="col" class="num">
                Limit
              </th>
              <th scope="col" class="num">
                Delay
              </th>
              <th scope="col" class="num">
                Would ring
              </th>
              <th scope="col" class="num">
                a day
              </th>
              <th scope="col" class="num">
                Confirmed missed
              </th>
            </tr>
          </thead>
          <tbody>
            {(['present', 'candidate'] as const).map((name) => {
              const rule = values[name]
              if (rule === undefined) return null
              return (
                <tr key={name}>
                  <th scope="row">{name === 'present' ? 'In force now' : 'The other'}</th>
                  <td class="num">{rule.limit}</td>
                  <td class="num">{rule.delayS} s</td>
                  <td class="num">{rule.episodes}</td>
                  <td class="num">{number(rule.perDay)}</td>
                  <td class="num">{rule.missed}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      )}
      {!values && hasLimit && <p class="meaning">No stored values were compared.</p>}
    </div>
  )
}

/** So many alarms are listed; the count says how many there are. */
const LISTED = 50

function AlarmIds({ title, ids }: { title: string; ids: readonly string[] }) {
  if (ids.length === 0) return null
  return (
    <details class="alarm-ids">
      <summary>
        {title} ({ids.length})
      </summary>
      <ul>
        {ids.slice(0, LISTED).map((id) => (
          <AlarmById key={id} id={id} />
        ))}
      </ul>
      {ids.length > LISTED && <p>and {ids.length - LISTED} more</p>}
    </details>
  )
}

/** One alarm, fetched when it is opened. Who may not see single alarms sees that there is one. */
function AlarmById({ id }: { id: string }) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [alarm, setAlarm] = useState<Alarm | undefined>(undefined)
  const [problem, setProblem] = useState('')
  const open = () => {
    if (alarm !== undefined) return
    station.api
      .call('GET /alarms/{id}', { path: { id } })
      .then(setAlarm, (error: unknown) => setProblem(messageOf(error)))
  }
  const patient = patients.get(alarm?.patient ?? '')
  return (
    <li>
      <details onToggle={(event) => event.currentTarget.open && open()}>
        <summary>{id}</summary>
        {problem !== '' && <p class="problem">{problem}</p>}
        {alarm && (
          <div>
            <p>
              <a href={toPatient(alarm.patient)}>{patient?.place ?? patient?.name ?? alarm.patient}</a>:{' '}
              <strong>{alarmTitle(alarm)}</strong>, {sinceText(alarm.onset, station.serverNow())}.{' '}
              {localTimes(alarm.message, alarm.onset)}
            </p>
            <ul class="evidence">
              {evidenceLines(alarm.evidence).map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </div>
        )}
      </details>
    </li>
  )
}
