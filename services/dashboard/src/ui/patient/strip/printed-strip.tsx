import type { Alarm } from '@pulsewire/contracts'
import { alarmTitle } from '../../../alarms/words.ts'
import type { PatientState } from '../../../live/state.ts'
import type { PaperLayout } from '../../../paper/layout.ts'
import { rateText } from '../../../paper/marks.ts'
import { printPages } from '../../../paper/print-pages.ts'
import { scaleText } from '../../../paper/scale.ts'
import type { Tape } from '../../../paper/tape.ts'
import { type Marker, Paper } from '../../paper/paper.tsx'
import type { CaliperState } from '../../paper/use-calipers.ts'
import { PrintedHeading } from './printed-heading.tsx'

interface Printed {
  patient: PatientState
  alarm: Alarm | undefined
  tape: Tape
  layout: PaperLayout
  markers: readonly Marker[]
  calipers: CaliperState
}

/** A strip as it is printed: black on white, in true millimetres, with all that a reader of paper has to know. */
export function PrintedStrip({ patient, alarm, tape, layout, markers, calipers }: Printed) {
  const { fromMs, toMs, scale, lanes } = layout
  const waves = lanes.map(({ wave }) => wave)
  const pages = printPages(waves, fromMs, toMs, scale)
  const devices = [...new Set(waves.flatMap((wave) => wave.devices))].join(', ')
  const facts = [
    scaleText(scale),
    'filter: none, as the device sent it',
    `device: ${devices === '' ? 'not known' : devices}`,
    rateText(tape.marks.beats),
    ...(calipers.calipers === undefined ? [] : [`measured: ${calipers.text}`]),
  ]
  const notes =
    alarm === undefined
      ? []
      : [`${alarmTitle(alarm)}, ${alarm.priority} priority: rule ${alarm.rule.name} ${alarm.rule.version}`]
  return (
    <>
      {pages.map((papers, index) => (
        <section key={papers[0]?.fromMs} class="print-page">
          <PrintedHeading
            patient={patient}
            fromMs={fromMs}
            toMs={toMs}
            facts={facts.filter((fact) => fact !== '')}
            notes={notes}
            page={index + 1}
            pages={pages.length}
          />
          {papers.map((paper) => (
            <Paper
              key={`${paper.fromMs} ${paper.lanes[0]?.wave.signal}`}
              layout={paper}
              marks={tape.marks}
              markers={markers.filter(({ timeMs }) => timeMs >= paper.fromMs && timeMs < paper.toMs)}
              label="Strip"
            />
          ))}
        </section>
      ))}
    </>
  )
}
