import { useEffect, useRef } from 'preact/hooks'
import type { Marks } from '../../paper/marks.ts'
import { MARGIN_MM, type PaperLayout } from '../../paper/layout.ts'
import { xMmOf } from '../../paper/scale.ts'
import { PX_PER_MM } from '../../waves/sweep.ts'
import { CaliperLayer } from './caliper-layer.tsx'
import { type Marker, Paper, PaperMargin } from './paper.tsx'
import type { CaliperState } from './use-calipers.ts'

/** A paper that can be measured; where it is wider than its place it is scrolled, at first to `centreMs`. */
export function MeasuredPaper(props: {
  layout: PaperLayout
  marks: Marks
  calipers: CaliperState
  markers?: readonly Marker[]
  label: string
  centreMs: number
}) {
  const { layout, marks, calipers, markers = [], label, centreMs } = props
  const scroll = useRef<HTMLDivElement>(null)
  const { fromMs, scale } = layout
  useEffect(() => {
    const box = scroll.current
    if (box) box.scrollLeft = (MARGIN_MM + xMmOf(centreMs, fromMs, scale)) * PX_PER_MM - box.clientWidth / 2
  }, [centreMs, fromMs, scale.speedMmPerS])
  return (
    <div class="paper-scroll" ref={scroll} tabIndex={0} role="group" aria-label={`${label}, with calipers`}>
      <div class="paper-box">
        <PaperMargin layout={layout} />
        <Paper layout={layout} marks={marks} markers={markers} label={label} />
        <CaliperLayer layout={layout} state={calipers} />
      </div>
    </div>
  )
}
