import { type TrendMark, groupMarks, groupTitle } from '../../../trend/marks.ts'
import { minuteText, sinceText } from '../../../vitals/clock.ts'
import { toPatient } from '../../hooks.ts'
import { toStrip } from '../strip/address.ts'

const HEIGHT = 22
/** A symbol needs so many pixels. */
const SYMBOL_PX = 13

interface MarkLaneProps {
  readonly patient: string
  readonly marks: readonly TrendMark[]
  readonly from: number
  readonly to: number
  readonly now: number
  readonly width: number
  /** Where the charts begin and end within it. */
  readonly left: number
  readonly right: number
}

/** Alarms and notes over the charts: a bar for how long, a symbol at the beginning that leads to the strip or the note. */
export function MarkLane({ patient, marks, from, to, now, width, left, right }: MarkLaneProps) {
  const usable = Math.max(1, width - left - right)
  const x = (ms: number) => left + ((Math.min(to, Math.max(from, ms)) - from) / (to - from)) * usable
  const shown = marks.filter((mark) => mark.at < to && mark.until >= from)
  const groups = groupMarks(shown, ((to - from) / usable) * SYMBOL_PX)
  if (width === 0) return null
  return (
    <svg class="mark-lane" width={width} height={HEIGHT} role="group" aria-label="Alarms and notes">
      {shown.map((mark) => (
        <rect
          key={mark.key}
          class={`mark-bar mark-${mark.kind}`}
          x={x(mark.at)}
          y={HEIGHT - 5}
          width={Math.max(1.5, x(mark.until) - x(mark.at))}
          height={4}
        />
      ))}
      {groups.map(({ at, marks: together }) => {
        const [first, ...others] = together
        if (!first) return null
        const when = now - at < 3_600_000 ? minuteText(at) : sinceText(at, now)
        const label = `${when} ${groupTitle(together)}`
        const href = first.kind === 'note' ? toPatient(patient, 'timeline') : toStrip(patient, { atMs: at })
        return (
          <g key={first.key}>
            <a href={href} aria-label={label}>
              <title>{label}</title>
              <rect class="mark-target" x={x(at) - 8} y={0} width={16} height={HEIGHT} />
              <path class={`mark mark-${first.kind}`} d={SYMBOLS[first.kind]} transform={`translate(${x(at)} 8)`} />
            </a>
            {others.length > 0 && (
              <text class="mark-more" x={x(at) + 7} y={10} aria-hidden="true">
                {others.length + 1}
              </text>
            )}
          </g>
        )
      })}
    </svg>
  )
}

/** One shape each, around the origin: colour is never alone. */
const SYMBOLS: Readonly<Record<TrendMark['kind'], string>> = {
  high: 'M0 -6 L6 5 L-6 5 Z',
  medium: 'M0 -6 L6 0 L0 6 L-6 0 Z',
  low: 'M-5 -5 H5 V5 H-5 Z',
  technical: 'M-4 -4 L4 4 M4 -4 L-4 4',
  note: 'M-4 6 V-6 H5 L2 -2.5 L5 1 H-4',
}
