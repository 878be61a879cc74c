import type { Alarm, AlarmVerdict } from '@pulsewire/contracts'
import { useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import { evidenceLines } from '../../../alarms/evidence.ts'
import { alarmTitle, localTimes } from '../../../alarms/words.ts'
import { lasting } from '../../../reports/format.ts'
import { sinceText } from '../../../vitals/clock.ts'
import { hand } from '../../hand.ts'
import { toPatient, useStation, useWard } from '../../hooks.ts'
import { PriorityShape } from '../../icons.tsx'
import { usePageKeys } from '../../paper/use-page-keys.ts'
import { AlarmStrip } from '../../patient/strip/alarm-strip.tsx'

/** So many are fetched at once; what is left comes with the next look. */
const MOST = 500

interface JudgeProps {
  asked: { from: string; to: string }
  unit: string | undefined
  onJudged: () => void
}

/** The alarms of a report that nobody has judged, one after the other: one click or key each. */
export function JudgeList({ asked, unit, onJudged }: JudgeProps) {
  const station = useStation()
  const patients = useWard((state) => state.patients)
  const [open, setOpen] = useState<readonly Alarm[] | undefined>(undefined)
  const [at, setAt] = useState(0)
  const [judged, setJudged] = useState(0)
  const [busy, setBusy] = useState(false)
  const [strip, setStrip] = useState(false)
  const bedOf = ({ patient }: Alarm) => patients.get(patient)?.place ?? patients.get(patient)?.name ?? patient

  const load = async () => {
    try {
      const { alarms } = await station.api.call('GET /alarms', { query: { ...asked, limit: String(MOST) } })
      const ofUnit = (alarm: Alarm) =>
        unit === undefined || (patients.get(alarm.patient)?.place ?? '').toLowerCase().startsWith(unit.toLowerCase())
      setOpen(alarms.filter((alarm) => alarm.verdict === undefined && (alarm.rings ?? 1) > 0 && ofUnit(alarm)))
      setAt(0)
    } catch (error) {
      station.notice(`The alarms could not be loaded: ${messageOf(error)}`)
    }
  }
  const alarm = open?.[at]
  const step = (by: number) => {
    setStrip(false)
    setAt((now) => Math.max(0, Math.min((open?.length ?? 1) - 1, now + by)))
  }
  const give = async (verdict: AlarmVerdict) => {
    if (alarm === undefined || busy) return
    setBusy(true)
    try {
      await station.api.call('POST /alarms/{id}/verdict', { path: { id: alarm.id }, body: { verdict } })
      setOpen((list) => list?.filter(({ id }) => id !== alarm.id))
      setAt((now) => Math.max(0, Math.min(now, (open?.length ?? 1) - 2)))
      setJudged((count) => count + 1)
      setStrip(false)
    } catch (error) {
      station.notice(`Not kept: ${messageOf(error)}`)
    }
    setBusy(false)
  }
  usePageKeys(
    alarm === undefined
      ? {}
      : {
          c: () => hand.does(() => void give('confirmed')),
          f: () => hand.does(() => void give('false')),
          j: () => step(1),
          k: () => step(-1),
        },
    { once: true },
  )

  return (
    <section class="judge" aria-label="Judge alarms">
      <header class="report-section-head">
        <h2>Were they right?</h2>
        <button type="button" onClick={() => void load()}>
          {open === undefined ? 'Judge those that nobody has judged' : 'Look again'}
        </button>
        {judged > 0 && (
          <button type="button" onClick={onJudged}>
            {judged} judged: work the figures out anew
          </button>
        )}
      </header>
      {open !== undefined && alarm === undefined && <p role="status">All of them are judged.</p>}
      {alarm !== undefined && (
        <article class={`card alarm-${alarm.priority}`} data-judged={alarm.id}>
          <header>
            <PriorityShape priority={alarm.priority} />
            <h3>
              {bedOf(alarm)}: {alarmTitle(alarm)}
            </h3>
            <span class="card-state" role="status">
              {at + 1} of {open?.length}
            </span>
          </header>
          <p class="card-message">{localTimes(alarm.message, alarm.onset)}</p>
          <p class="card-times">
            {sinceText(alarm.onset, station.serverNow())}
            {alarm.conditionEndedAt === undefined
              ? ', goes on'
              : `, for ${lasting(alarm.conditionEndedAt - alarm.onset)}`}
            {' · '}
            <a href={toPatient(alarm.patient)}>to the patient</a>
          </p>
          <ul class="evidence" aria-label="Evidence">
            {evidenceLines(alarm.evidence).map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          {strip && <AlarmStrip key={alarm.id} alarm={alarm} />}
          <div class="card-actions">
            <button type="button" class="primary" disabled={busy} onClick={() => void give('confirmed')}>
              Confirmed (c)
            </button>
            <button type="button" class="primary" disabled={busy} onClick={() => void give('false')}>
              False alarm (f)
            </button>
            <button type="button" disabled={at + 1 >= (open?.length ?? 0)} onClick={() => step(1)}>
              Next (j)
            </button>
            <button type="button" disabled={at === 0} onClick={() => step(-1)}>
              Back (k)
            </button>
            <button type="button" aria-expanded={strip} onClick={() => setStrip(!strip)}>
              {strip ? 'Hide strip' : 'Show strip'}
            </button>
          </div>
        </article>
      )}
    </section>
  )
}
