import type { ComponentChildren } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { messageOf } from '../../../api/client.ts'
import type { PatientState } from '../../../live/state.ts'
import { HOUR_MS, MINUTE_MS, hourOf, placeIn, timeAt } from '../../../paper/hour.ts'
import { type Hour, hourSignals, loadHour } from '../../../paper/load-hour.ts'
import { byConvention, isEcg } from '../../../paper/order.ts'
import { clockText, dateText, minuteText } from '../../../vitals/clock.ts'
import { leadOf } from '../../../waves/wave-store.ts'
import { useStation } from '../../hooks.ts'
import { signalLabel } from '../../sweep.tsx'
import { placeOf, toDisclosure, toStrip, turnTo, usePlace } from '../strip/address.ts'
import { usePageKeys } from '../../paper/use-page-keys.ts'
import { PrintedHeading } from '../strip/printed-heading.tsx'
import { BeatCounts } from './beat-counts.tsx'
import { CursorStrip } from './cursor-strip.tsx'
import { HourLines, LINE_UNITS } from './hour-lines.tsx'

/** How high a mV is: in heights of a line. Beats may reach into the line above, as they do on paper. */
const SIZES = [0.5, 1, 2] as const

/** Full disclosure: every beat of an hour on one page, a minute a line. */
export function DisclosurePage({ patient }: { patient: PatientState }) {
  const station = useStation()
  const [opened] = useState(() => station.serverNow() - MINUTE_MS)
  const cursorMs = usePlace()?.atMs ?? opened
  const hourMs = hourOf(cursorMs)
  const [size, setSize] = useState<number>(1)
  const { signals, signal, choose, hour, problem, again } = useHour(patient.id, hourMs)
  const move = (toMs: number) => turnTo(toDisclosure(patient.id, { atMs: toMs }))
  const at = () => placeOf(location.hash)?.atMs ?? cursorMs
  usePageKeys(
    {
      ArrowLeft: () => move(at() - 1000),
      ArrowRight: () => move(at() + 1000),
      ArrowUp: () => move(at() - MINUTE_MS),
      ArrowDown: () => move(at() + MINUTE_MS),
      PageUp: () => move(at() - HOUR_MS),
      PageDown: () => move(at() + HOUR_MS),
      Enter: () => {
        location.hash = toStrip(patient.id, { atMs: at() })
      },
    },
    { not: 'button, a, .caliper' },
  )
  const title = `${dateText(hourMs)}, ${minuteText(hourMs)} to ${minuteText(hourMs + HOUR_MS)}`
  return (
    <section class="disclosure" aria-label="Full disclosure">
      <div class="wave-tools">
        <div class="turning" role="group" aria-label="Turn by an hour">
          <button type="button" onClick={() => move(cursorMs - HOUR_MS)}>
            ‹ Hour <kbd>page up</kbd>
          </button>
          <h2>{title}</h2>
          <button type="button" onClick={() => move(cursorMs + HOUR_MS)}>
            Hour › <kbd>page down</kbd>
          </button>
        </div>
        <GoTo atMs={cursorMs} go={move} />
        <label>
          Lead{' '}
          <select value={signal ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
            {signals.map((name) => (
              <option key={name} value={name}>
                {signalLabel(name)}
              </option>
            ))}
          </select>
        </label>
        <div class="segmented" role="group" aria-label="Height of the beats">
          {SIZES.map((choice) => (
            <button key={choice} type="button" aria-pressed={choice === size} onClick={() => setSize(choice)}>
              × {choice}
            </button>
          ))}
        </div>
        {station.serverNow() < hourMs + HOUR_MS && (
          <button type="button" onClick={again}>
            Load again
          </button>
        )}
        <button type="button" disabled={hour === undefined} onClick={() => print()}>
          Print
        </button>
        {hour && <BeatCounts beats={hour.beats} />}
      </div>
      {hour && signal !== undefined ? (
        <>
          <PrintedHeading
            patient={patient}
            fromMs={hourMs}
            toMs={hourMs + HOUR_MS}
            facts={[
              `full disclosure, lead ${signalLabel(signal)}, a minute a line`,
              'filter: none, as the device sent it',
              `device: ${hour.devices.join(', ') || 'not known'}`,
            ]}
            notes={[]}
            page={1}
            pages={1}
          />
          <Page
            label={`Lead ${signalLabel(signal)}, ${title}; at ${clockText(cursorMs)}`}
            hourMs={hourMs}
            cursorMs={cursorMs}
            onPlace={move}
          >
            <HourLines patient={patient.id} signal={signal} hourMs={hourMs} hour={hour} pxPerMv={size * LINE_UNITS} />
          </Page>
        </>
      ) : (
        <p class="strip-empty" role="status">
          {problem === '' ? 'Loading the hour…' : problem}
        </p>
      )}
      {signal !== undefined && <CursorStrip patient={patient.id} signal={signal} atMs={cursorMs} />}
    </section>
  )
}

/** The signals of an hour, the one that is shown, and its hour. */
function useHour(patient: string, hourMs: number) {
  const { api } = useStation()
  const [chosen, choose] = useState<string | undefined>(undefined)
  const [signals, setSignals] = useState<readonly string[]>([])
  const [loaded, setLoaded] = useState<{ key: string; hour?: Hour; problem: string }>({ key: '', problem: '' })
  const [loads, setLoads] = useState(0)
  const key = `${patient} ${hourMs} ${chosen}`
  useEffect(() => {
    let current = true
    const load = async () => {
      const names = (await hourSignals(api, patient, hourMs)).filter(isEcg).sort(byConvention)
      const signal = chosen ?? leadOf([...names].sort((a, b) => Number(b === 'ecg.II') - Number(a === 'ecg.II')))
      if (!current) return
      setSignals(names)
      if (signal === undefined) throw new Error('No ECG is stored of this hour.')
      const hour = await loadHour(api, patient, signal, hourMs)
      if (current) setLoaded({ key, hour, problem: '' })
    }
    load().catch((error: unknown) => {
      if (current) setLoaded({ key, problem: error instanceof Error ? error.message : messageOf(error) })
    })
    return () => {
      current = false
    }
  }, [api, patient, hourMs, chosen, loads])
  const isHere = loaded.key === key
  const first = leadOf([...signals].sort((a, b) => Number(b === 'ecg.II') - Number(a === 'ecg.II')))
  return {
    signals: chosen !== undefined && !signals.includes(chosen) ? [...signals, chosen] : signals,
    signal: chosen ?? first,
    choose,
    /** The hour that is not over has got longer. */
    again: () => setLoads((count) => count + 1),
    hour: isHere ? loaded.hour : undefined,
    problem: isHere ? loaded.problem : '',
  }
}

/** The lines, with the cursor that a click or the arrow keys move. */
function Page(props: {
  label: string
  hourMs: number
  cursorMs: number
  onPlace: (timeMs: number) => void
  children: ComponentChildren
}) {
  const { label, hourMs, cursorMs, onPlace, children } = props
  const page = useRef<HTMLDivElement>(null)
  const place = placeIn(hourMs, cursorMs)
  useLayoutEffect(() => {
    page.current?.querySelector(`[data-minute="${place?.minute}"]`)?.scrollIntoView({ block: 'nearest' })
  }, [place?.minute])
  const click = (event: MouseEvent) => {
    if (!(event.target instanceof Element) || event.target.closest('a') !== null) return
    const line = event.target.closest<HTMLElement>('.minute')
    const box = line?.querySelector('.minute-trace')?.getBoundingClientRect()
    if (line && box) onPlace(timeAt(hourMs, Number(line.dataset['minute']), (event.clientX - box.left) / box.width))
  }
  return (
    <div class="hour-page" ref={page} tabIndex={0} role="group" aria-label={label} onClick={click}>
      {children}
      {place && (
        <div
          class="hour-cursor"
          style={{ '--minute': String(place.minute), '--share': String(place.share) }}
          aria-hidden="true"
        />
      )}
    </div>
  )
}

/** Any hour that is stored: a day and a time to go to. */
function GoTo({ atMs, go }: { atMs: number; go: (timeMs: number) => void }) {
  const local = new Date(atMs - new Date(atMs).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16)
  return (
    <input
      type="datetime-local"
      aria-label="Go to"
      value={local}
      onChange={(event) => {
        const time = new Date(event.currentTarget.value).getTime()
        if (!Number.isNaN(time)) go(time)
      }}
    />
  )
}
