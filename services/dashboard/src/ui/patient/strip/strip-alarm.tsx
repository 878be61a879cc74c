import type { Alarm } from '@pulsewire/contracts'
import { useEffect, useState } from 'preact/hooks'
import { evidenceLines } from '../../../alarms/evidence.ts'
import { alarmTitle, localTimes, stateWord } from '../../../alarms/words.ts'
import { messageOf } from '../../../api/client.ts'
import { clockText } from '../../../vitals/clock.ts'
import { useMayTreat, useStation, useWard } from '../../hooks.ts'
import { PriorityShape } from '../../icons.tsx'
import { Verdict } from '../alarm-card.tsx'

/** The alarm of a strip: the live one where it still stands, else as it was stored. */
export function useAlarm(id: string | undefined): { readonly alarm?: Alarm; readonly problem: string } {
  const station = useStation()
  const live = useWard((state) => (id === undefined ? undefined : state.alarms.get(id)?.alarm))
  const [stored, setStored] = useState<Alarm | undefined>(undefined)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    setProblem('')
    if (id === undefined) return
    station.api
      .call('GET /alarms/{id}', { path: { id } })
      .then(setStored, (error: unknown) => setProblem(`The alarm could not be loaded: ${messageOf(error)}`))
  }, [station, id])
  const alarm = live ?? (stored?.id === id ? stored : undefined)
  return alarm === undefined ? { problem } : { alarm, problem: '' }
}

/** What the alarm of a strip rests on, in plain words; the rule that found it; whether it was right. */
export function StripAlarm({ alarm }: { alarm: Alarm }) {
  const mayTreat = useMayTreat()
  return (
    <section class={`card alarm-${alarm.priority} ${alarm.state}`} aria-label="The alarm of this strip">
      <header>
        <PriorityShape priority={alarm.priority} />
        <h2>{alarmTitle(alarm)}</h2>
        <span class="card-state">
          {alarm.priority} priority · {stateWord(alarm)}
        </span>
      </header>
      <p class="card-message">{localTimes(alarm.message, alarm.onset)}</p>
      <p class="card-times">
        From {clockText(alarm.onset)}
        {alarm.conditionEndedAt !== undefined && ` to ${clockText(alarm.conditionEndedAt)}`}, alarm at{' '}
        {clockText(alarm.raisedAt)}
      </p>
      <ul class="evidence" aria-label="Evidence">
        {evidenceLines(alarm.evidence).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <p class="card-rule">
        Rule {alarm.rule.name} {alarm.rule.version} · confidence {Math.round(alarm.confidence * 100)} % · signal{' '}
        {Math.round(alarm.quality * 100)} %
      </p>
      {mayTreat && <Verdict alarm={alarm} />}
    </section>
  )
}
