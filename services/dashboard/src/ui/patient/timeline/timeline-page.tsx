import { useMemo, useState } from 'preact/hooks'
import type { PatientState } from '../../../live/state.ts'
import {
  KIND_WORDS,
  TIMELINE_KINDS,
  type TimelineEntry,
  type TimelineKind,
  timelineEntries,
} from '../../../timeline/entries.ts'
import { clockText, dateText, fieldText, fieldTime, rangeText } from '../../../vitals/clock.ts'
import { useNow, useStation } from '../../hooks.ts'
import { PriorityShape } from '../../icons.tsx'
import { AlarmCard } from '../alarm-card.tsx'
import { NoteCard } from '../annotations/note-card.tsx'
import { NoteForm } from '../annotations/note-form.tsx'
import { toStrip } from '../strip/address.ts'
import { useHappenings } from './use-happenings.ts'

const HOUR = 3_600_000
const SPANS = [
  { label: '1 h', spanMs: HOUR },
  { label: '8 h', spanMs: 8 * HOUR },
  { label: '24 h', spanMs: 24 * HOUR },
  { label: '7 d', spanMs: 7 * 24 * HOUR },
] as const
/** So many lines are drawn at a time. */
const PAGE = 200

/** The section "Timeline": all that happened, newest first, of any stretch of the past. */
export function TimelinePage({ patient }: { patient: PatientState }) {
  const station = useStation()
  const now = useNow(1000)
  const [span, setSpan] = useState<(typeof SPANS)[number]>(SPANS[1])
  /** The end of what is shown; `undefined` = now, which moves. */
  const [end, setEnd] = useState<number | undefined>(undefined)
  const [opened] = useState(() => station.serverNow())
  const [hidden, setHidden] = useState<ReadonlySet<TimelineKind>>(new Set())
  const [search, setSearch] = useState('')
  const [most, setMost] = useState(PAGE)
  const to = end ?? opened + 1000
  const from = to - span.spanMs
  const { happenings, problem, isLoading, again } = useHappenings(patient.id, from, to, end === undefined)
  const entries = useMemo(() => timelineEntries(happenings), [happenings])
  const wanted = search.trim().toLowerCase()
  const shown = entries
    .filter(({ kind }) => !hidden.has(kind))
    .filter(({ title, text }) => wanted === '' || `${title} ${text}`.toLowerCase().includes(wanted))
  const turn = (by: number) => {
    const next = to + by * span.spanMs
    setEnd(next >= station.serverNow() ? undefined : next)
    setMost(PAGE)
  }
  return (
    <div class="section-page timeline-page">
      <div class="trend-tools">
        <div class="segmented" role="group" aria-label="Span">
          {SPANS.map((choice) => (
            <button key={choice.label} type="button" aria-pressed={choice === span} onClick={() => setSpan(choice)}>
              {choice.label}
            </button>
          ))}
        </div>
        <div class="trend-moves" role="group" aria-label="Move">
          <button type="button" onClick={() => turn(-1)}>
            ◀ Earlier
          </button>
          <button type="button" disabled={end === undefined} onClick={() => turn(1)}>
            Later ▶
          </button>
          <button type="button" disabled={end === undefined} onClick={() => setEnd(undefined)}>
            Now
          </button>
        </div>
        <label class="inline">
          Up to
          <input
            type="datetime-local"
            value={fieldText(to)}
            onChange={({ currentTarget: { value } }) => {
              const time = fieldTime(value)
              if (time !== undefined) setEnd(time >= station.serverNow() ? undefined : time)
            }}
          />
        </label>
        <p class="trend-range" role="status">
          {rangeText(from, to, now)}
          {end === undefined ? ' · live' : ' · the past'} · {shown.length} of {entries.length}
        </p>
      </div>
      <div class="timeline-filter" role="group" aria-label="What is shown">
        {TIMELINE_KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={!hidden.has(kind)}
            onClick={() => {
              const next = new Set(hidden)
              if (!next.delete(kind)) next.add(kind)
              setHidden(next)
            }}
          >
            {KIND_WORDS[kind]} {entries.filter((entry) => entry.kind === kind).length}
          </button>
        ))}
        <input
          type="search"
          aria-label="Search"
          placeholder="Search"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <NoteForm patient={patient.id} />
      {problem !== '' && (
        <p class="problem" role="alert">
          The timeline could not be loaded: {problem}{' '}
          <button type="button" onClick={again}>
            Try again
          </button>
        </p>
      )}
      {shown.length === 0 && problem === '' && (
        <p class="empty">{isLoading ? 'Loading…' : 'Nothing in this stretch.'}</p>
      )}
      <ol class="timeline" aria-busy={isLoading}>
        {shown.slice(0, most).map((entry, index) => (
          <Line
            key={entry.key}
            entry={entry}
            patient={patient}
            now={now}
            day={dayBefore(shown[index - 1]?.time) === dateText(entry.time) ? undefined : dateText(entry.time)}
          />
        ))}
      </ol>
      {shown.length > most && (
        <button type="button" onClick={() => setMost(most + PAGE)}>
          {Math.min(PAGE, shown.length - most)} more
        </button>
      )}
    </div>
  )
}

const dayBefore = (time: number | undefined) => (time === undefined ? undefined : dateText(time))

function Line(props: { entry: TimelineEntry; patient: PatientState; now: number; day: string | undefined }) {
  const { entry, patient, now, day } = props
  const [isOpen, setOpen] = useState(false)
  const { alarm, note } = entry
  return (
    <>
      {day !== undefined && (
        <li class="timeline-day">
          <h2>{day}</h2>
        </li>
      )}
      <li class={`timeline-line of-${entry.kind}`} data-kind={entry.kind}>
        <time>{clockText(entry.time)}</time>
        <span class="timeline-kind">
          {alarm ? <PriorityShape priority={alarm.priority} /> : null}
          {KIND_WORDS[entry.kind].replace(/s$/, '')}
        </span>
        <span class="event-title">{entry.title}</span>
        {note ? <NoteCard note={note} /> : <span class="event-text">{entry.text}</span>}
        <span class="timeline-links">
          {alarm && (
            <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
              {isOpen ? 'Close' : 'Evidence'}
            </button>
          )}
          {entry.hasStrip && (
            <a class="button" href={toStrip(patient.id, { atMs: entry.time, ...(alarm ? { alarm: alarm.id } : {}) })}>
              Strip
            </a>
          )}
        </span>
        {isOpen && alarm && <AlarmCard alarm={alarm} bed={patient.place ?? patient.name} now={now} />}
      </li>
    </>
  )
}
