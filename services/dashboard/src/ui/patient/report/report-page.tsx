import { useMemo, useState } from 'preact/hooks'
import type { PatientState } from '../../../live/state.ts'
import { importantAlarms } from '../../../report/important.ts'
import { loadMeasured } from '../../../report/report-data.ts'
import { alarmTitle } from '../../../alarms/words.ts'
import { clockText, dayAndMinute, endOfMinute, fieldText, fieldTime } from '../../../vitals/clock.ts'
import { useStation, useWard } from '../../hooks.ts'
import { useLimitHistory } from '../limits-history.tsx'
import { useNews2 } from '../news2/use-news2.ts'
import { loadHappenings } from '../timeline/use-happenings.ts'
import { usePast } from '../use-past.ts'
import { ReportDocument } from './report-document.tsx'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const SPANS = [
  { label: 'Last 8 hours', spanMs: 8 * HOUR },
  { label: 'Last 24 hours', spanMs: 24 * HOUR },
] as const
const LONGEST_MS = 7 * 24 * HOUR
const STRIPS = 4
/** The NEWS2 chart of a report has about so many columns. */
const NEWS2_COLUMNS = 16
const NEWS2_STEPS_MS = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR]

/** The section "Report": a stretch is chosen, the report is shown as it will be printed. */
export function ReportPage({ patient }: { patient: PatientState }) {
  const station = useStation()
  const user = useWard((state) => state.user)
  const [opened] = useState(() => endOfMinute(station.serverNow()))
  const [range, setRange] = useState({ from: opened - SPANS[0].spanMs, to: opened })
  const [typed, setTyped] = useState({ from: fieldText(range.from), to: fieldText(range.to) })
  const [problem, setProblem] = useState('')
  const { from, to } = range
  const past = usePast(`${patient.id} ${from} ${to}`, async () => {
    const [happenings, measured] = await Promise.all([
      loadHappenings(station.api, patient.id, from, to),
      loadMeasured(station.api, patient.id, from, to),
    ])
    return { happenings, measured, madeAt: station.serverNow() }
  })
  const stepMs = NEWS2_STEPS_MS.find((step) => (to - from) / step <= NEWS2_COLUMNS) ?? 12 * HOUR
  const news2 = useNews2(patient.id, patient.spo2Scale ?? 1, { fromMs: from, toMs: to, stepMs })
  const limitHistory = useLimitHistory(patient)
  const alarms = past.value?.happenings.alarms
  const usual = useMemo(() => importantAlarms(alarms ?? [], STRIPS).map(({ id }) => id), [alarms])
  const [chosen, setChosen] = useState<ReadonlySet<string> | undefined>(undefined)
  const shown = chosen ?? new Set(usual)
  const strips = (alarms ?? []).filter(({ id }) => shown.has(id)).sort((one, other) => one.onset - other.onset)
  const choose = (next: { from: number; to: number }) => {
    setRange(next)
    setTyped({ from: fieldText(next.from), to: fieldText(next.to) })
    setChosen(undefined)
    setProblem('')
  }
  const chooseTyped = () => {
    const [start, end] = [fieldTime(typed.from), fieldTime(typed.to)]
    if (start === undefined || end === undefined || start >= end) setProblem('The beginning must lie before the end')
    else if (end - start > LONGEST_MS) setProblem('A report covers seven days at most')
    else choose({ from: start, to: end })
  }
  const isReady = past.value !== undefined && !past.isLoading && !news2.isLoading
  return (
    <div class="section-page report-page">
      <form
        class="trend-tools no-print"
        aria-label="What the report covers"
        onSubmit={(event) => {
          event.preventDefault()
          chooseTyped()
        }}
      >
        <div class="segmented" role="group" aria-label="Span">
          {SPANS.map(({ label, spanMs }) => (
            <button
              key={label}
              type="button"
              aria-pressed={from === opened - spanMs && to === opened}
              onClick={() => choose({ from: opened - spanMs, to: opened })}
            >
              {label}
            </button>
          ))}
        </div>
        <label class="inline">
          From
          <input
            type="datetime-local"
            value={typed.from}
            onInput={({ currentTarget: { value } }) => setTyped({ ...typed, from: value })}
          />
        </label>
        <label class="inline">
          To
          <input
            type="datetime-local"
            value={typed.to}
            onInput={({ currentTarget: { value } }) => setTyped({ ...typed, to: value })}
          />
        </label>
        <button type="submit">Show</button>
        <button type="button" class="primary" disabled={!isReady} onClick={() => print()}>
          Print or save as PDF
        </button>
      </form>
      {alarms !== undefined && alarms.some(({ kind }) => kind === 'physiological') && (
        <details class="panel no-print">
          <summary>Strips: {strips.length} chosen</summary>
          <div class="pane-choice">
            {alarms
              .filter(({ kind }) => kind === 'physiological')
              .map((alarm) => (
                <label key={alarm.id} class="check">
                  <input
                    type="checkbox"
                    checked={shown.has(alarm.id)}
                    onChange={() => {
                      const next = new Set(shown)
                      if (!next.delete(alarm.id)) next.add(alarm.id)
                      setChosen(next)
                    }}
                  />
                  <span title={dayAndMinute(alarm.onset)}>
                    {clockText(alarm.onset)} {alarmTitle(alarm)}
                  </span>
                </label>
              ))}
          </div>
        </details>
      )}
      <p class="problem" role="alert">
        {problem !== '' ? problem : [past.problem, news2.problem].filter((text) => text !== '').join('; ')}
      </p>
      {past.value === undefined ? (
        <p class="empty" role="status">
          {past.isLoading ? 'The report is being made…' : ''}
        </p>
      ) : (
        <ReportDocument
          patient={patient}
          from={from}
          to={to}
          madeBy={user ?? ''}
          {...past.value}
          news2={news2.columns}
          limitHistory={limitHistory}
          strips={strips}
        />
      )}
    </div>
  )
}
