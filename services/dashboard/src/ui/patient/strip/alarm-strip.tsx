import type { Alarm } from '@pulsewire/contracts'
import { useMemo } from 'preact/hooks'
import { alarmTitle } from '../../../alarms/words.ts'
import { rateText } from '../../../paper/marks.ts'
import { type PaperScale, scaleText } from '../../../paper/scale.ts'
import { useCalipers } from '../../paper/use-calipers.ts'
import { MeasuredPaper } from '../../paper/measured-paper.tsx'
import { usePaper } from '../../paper/use-paper.ts'
import { useTape } from '../../paper/use-tape.ts'
import { toStrip } from './address.ts'
import { AROUND_MS } from './strip-page.tsx'

/** In a card there is little room: two complexes can be told, and the whole strip is one click away. */
const SCALE: PaperScale = { speedMmPerS: 12.5, gainMmPerMv: 5 }
const NONE: ReadonlySet<string> = new Set()

/** All waves ten seconds before and after an alarm's onset, small, in its card. */
export function AlarmStrip({ alarm }: { alarm: Alarm }) {
  const [fromMs, toMs] = [alarm.onset - AROUND_MS, alarm.onset + AROUND_MS]
  const { tape, loading, problem } = useTape(alarm.patient, fromMs, toMs)
  const { layout } = usePaper(tape, fromMs, toMs, SCALE, NONE)
  const calipers = useCalipers(layout, tape.marks, false)
  const markers = useMemo(() => [{ timeMs: alarm.onset, label: alarmTitle(alarm) }], [alarm])
  return (
    <figure class="strip">
      {layout.lanes.length > 0 && (
        <MeasuredPaper
          layout={layout}
          marks={tape.marks}
          markers={markers}
          calipers={calipers}
          label="Ten seconds before and after the alarm"
          centreMs={alarm.onset}
        />
      )}
      <figcaption>
        {layout.lanes.length > 0
          ? [scaleText(SCALE), rateText(tape.marks.beats)].filter((part) => part !== '').join(' · ')
          : loading
            ? 'Loading the strip…'
            : problem === ''
              ? 'No samples are stored of this time'
              : problem}{' '}
        · <a href={toStrip(alarm.patient, { atMs: alarm.onset, alarm: alarm.id })}>whole strip</a>
      </figcaption>
    </figure>
  )
}
