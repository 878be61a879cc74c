import { useState } from 'preact/hooks'
import { type Calipers, measureText, suggested } from '../../paper/calipers.ts'
import type { PaperLayout } from '../../paper/layout.ts'
import { isEcg } from '../../paper/order.ts'
import type { Marks } from '../../paper/marks.ts'
import { usePageKeys } from './use-page-keys.ts'

/** The calipers on a paper, and what can be done with them. */
export interface CaliperState {
  readonly calipers: Calipers | undefined
  /** The interval is repeated over the whole paper. */
  readonly marching: boolean
  readonly text: string
  readonly set: (calipers: Calipers) => void
  /** Puts them on the two beats in the middle. */
  readonly place: () => void
  readonly march: () => void
  readonly remove: () => void
}

/**
 * Calipers of one paper; a paper of another stretch of time has none. Where the page is this paper's (`keys`), `c` places them, `m`
 * marches out, Delete or Backspace removes them.
 */
export function useCalipers(layout: PaperLayout, marks: Marks, keys = true): CaliperState {
  const [kept, setKept] = useState<{ calipers: Calipers; marching: boolean } | undefined>(undefined)
  const { fromMs, toMs, lanes } = layout
  const isHere = kept !== undefined && kept.calipers.aMs >= fromMs && kept.calipers.bMs <= toMs
  const here = isHere ? kept : undefined
  const lane = lanes.find(({ wave }) => wave.signal === here?.calipers.signal)

  const place = () => {
    const [first] = lanes
    if (first === undefined) return
    const beats = marks.beats.map(([time]) => time).filter((time) => time >= fromMs && time < toMs)
    const level = (first.zeroMm - first.topMm - first.heightMm * 0.75) / first.mmPerUnit
    const amplitude = isEcg(first.wave.signal) ? 1 : (first.heightMm * 0.5) / first.mmPerUnit
    setKept({
      calipers: suggested(beats, fromMs, toMs, { signal: first.wave.signal, level, amplitude }),
      marching: false,
    })
  }
  const march = () => setKept((now) => now && { ...now, marching: !now.marching })
  const remove = () => setKept(undefined)

  usePageKeys(keys ? { c: place, m: march, Delete: remove, Backspace: remove } : {})

  return {
    calipers: here?.calipers,
    marching: here?.marching ?? false,
    text:
      here === undefined ? '' : measureText(here.calipers, lane?.wave.unit === '1' ? '' : (lane?.wave.unit ?? 'mV')),
    set: (calipers) => setKept((now) => ({ calipers, marching: now?.marching ?? false })),
    place,
    march,
    remove,
  }
}
