import { useMemo } from 'preact/hooks'
import { alarmTitle } from '../../../alarms/words.ts'
import { COLUMNS, MINUTES, beatColumns, linePath, piecesOf, placeIn } from '../../../paper/hour.ts'
import type { Hour } from '../../../paper/load-hour.ts'
import { type Beat, NO_MARKS, rhythmBands, unreadBands } from '../../../paper/marks.ts'
import { HOUR_MS } from '../../../paper/hour.ts'
import { clockText, minuteText } from '../../../vitals/clock.ts'
import { PriorityShape } from '../../icons.tsx'
import { toStrip } from '../strip/address.ts'

interface HourLinesProps {
  readonly patient: string
  readonly signal: string
  readonly hourMs: number
  readonly hour: Hour
  /** The height of a line in its own units, and how many of them a mV is. */
  readonly pxPerMv: number
}

/** The height of a line, in units of its picture: a column is one wide. */
export const LINE_UNITS = 16

/** Sixty lines of a minute: trace, beats in the colour of their class, rhythm, what was not read, alarms. */
export function HourLines({ patient, signal, hourMs, hour, pxPerMv }: HourLinesProps) {
  const paths = useMemo(() => hour.lines.map((line) => linePath(line, pxPerMv)), [hour, pxPerMv])
  const coloured = useMemo(() => colouredBeats(hour, pxPerMv), [hour, pxPerMv])
  const bands = useMemo(() => bandPieces(hour, signal, hourMs), [hour, signal, hourMs])
  const alarms = hour.alarms.flatMap((alarm) => {
    const place = placeIn(hourMs, alarm.onset)
    return place === undefined ? [] : [{ alarm, ...place }]
  })
  return (
    <>
      {hour.lines.map(({ startMs }, minute) => (
        <div key={startMs} class="minute" data-minute={minute}>
          <time>{minuteText(startMs)}</time>
          <div class="minute-trace">
            <svg
              viewBox={`0 ${-LINE_UNITS / 2} ${COLUMNS} ${LINE_UNITS}`}
              preserveAspectRatio="none"
              aria-hidden="true"
            >
              {(bands.unread[minute] ?? []).map(({ from, to }) => (
                <rect
                  key={from}
                  class="hour-unread"
                  x={from * COLUMNS}
                  y={-LINE_UNITS / 2}
                  width={(to - from) * COLUMNS}
                  height={LINE_UNITS}
                />
              ))}
              {(bands.rhythm[minute] ?? []).map(({ from, to, label }) => (
                <rect
                  key={`${label} ${from}`}
                  class="hour-rhythm"
                  x={from * COLUMNS}
                  y={LINE_UNITS / 2 - 3}
                  width={(to - from) * COLUMNS}
                  height={3}
                />
              ))}
              <path class="hour-trace" d={paths[minute]} />
              {(coloured[minute] ?? []).map(([kind, path]) => (
                <path key={kind} class={`hour-beat beat-${kind}`} d={path} />
              ))}
            </svg>
            {(bands.rhythm[minute] ?? [])
              .filter(({ isFirst }) => isFirst)
              .map(({ from, label }) => (
                <span key={`${label} ${from}`} class="hour-label" style={{ left: `${from * 100}%` }}>
                  {label}
                </span>
              ))}
            {alarms
              .filter((alarm) => alarm.minute === minute)
              .map(({ alarm, share }) => (
                <a
                  key={alarm.id}
                  class={`hour-alarm alarm-${alarm.priority}`}
                  style={{ left: `${share * 100}%` }}
                  href={toStrip(patient, { atMs: alarm.onset, alarm: alarm.id })}
                  title={`${clockText(alarm.onset)} ${alarmTitle(alarm)}`}
                  aria-label={`${clockText(alarm.onset)} ${alarmTitle(alarm)}, ${alarm.priority} priority: its strip`}
                >
                  <PriorityShape priority={alarm.priority} />
                </a>
              ))}
          </div>
        </div>
      ))}
    </>
  )
}

/** By line: the columns of the beats that are not normal, as a path for each class. */
function colouredBeats(hour: Hour, pxPerMv: number): (readonly (readonly [Beat[1], string])[])[] {
  const odd = hour.beats.filter(([, kind]) => kind !== 'N')
  return hour.lines.map((line) => {
    const byKind = new Map<Beat[1], string>()
    for (const beat of odd) {
      const columns = beatColumns(beat, line)
      if (columns === undefined) continue
      byKind.set(beat[1], (byKind.get(beat[1]) ?? '') + linePath(line, pxPerMv, ...columns))
    }
    return [...byKind]
  })
}

interface BandPiece {
  readonly from: number
  readonly to: number
  readonly label: string
  readonly isFirst: boolean
}

/** By line: parts of rhythm episodes, and of what was not read. */
function bandPieces(hour: Hour, signal: string, hourMs: number) {
  const rhythm: BandPiece[][] = Array.from({ length: MINUTES }, () => [])
  const unread: BandPiece[][] = Array.from({ length: MINUTES }, () => [])
  const put = (into: BandPiece[][], bands: ReturnType<typeof rhythmBands>) => {
    for (const { fromMs, toMs, label } of bands) {
      for (const [index, { minute, from, to }] of piecesOf(hourMs, fromMs, toMs).entries()) {
        into[minute]?.push({ from, to, label, isFirst: index === 0 })
      }
    }
  }
  const end = hourMs + HOUR_MS
  const marks = { ...NO_MARKS, findings: hour.findings, quality: { [signal]: hour.quality } }
  // An episode that is open goes on as far as it was seen, not to the end of an hour that is still to come.
  const seen = hour.findings.map((finding) => ({ ...finding, end: finding.end ?? finding.seenUntil }))
  put(rhythm, rhythmBands(seen, hourMs, end))
  put(unread, unreadBands({ ...marks, findings: seen }, { signal, devices: hour.devices }, hourMs, end))
  return { rhythm, unread }
}
