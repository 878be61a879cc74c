import { flutterSpans, isBeat, type Annotation } from '@pulsewire/wfdb'

export type LethalRhythm =
  'asystole' | 'ventricular-fibrillation' | 'ventricular-tachycardia' | 'extreme-bradycardia' | 'extreme-tachycardia'

/** An event that the reference annotations prove, seconds since the start of the record. */
export interface ReferenceEvent {
  readonly type: LethalRhythm
  readonly fromS: number
  readonly toS: number
}

const VENTRICULAR: ReadonlySet<string> = new Set(['V', 'E', 'r'])

/** The events of the CinC 2015 alarms by the reference beats: see the README of packages/detection. */
export function referenceEvents(annotations: readonly Annotation[], rateHz: number): ReferenceEvent[] {
  const flutter = flutterSpans(annotations).map(([from, to]): ReferenceEvent => {
    return { type: 'ventricular-fibrillation', fromS: from / rateHz, toS: to / rateHz }
  })
  const isInFlutter = (second: number): boolean => flutter.some(({ fromS, toS }) => second >= fromS && second <= toS)
  const beats = annotations
    .filter(({ symbol }) => isBeat(symbol))
    .map(({ sample, symbol }) => ({ atS: sample / rateHz, ventricular: VENTRICULAR.has(symbol) }))
    .filter(({ atS }) => !isInFlutter(atS))
  // No interval reaches across a flutter.
  const ends = [...flutter.map(({ fromS }) => fromS), Infinity]
  const stretches = ends.map((toS, i) =>
    beats.map(({ atS }) => atS).filter((atS) => atS < toS && atS > (ends[i - 1] ?? -Infinity)),
  )
  return [
    ...flutter,
    ...ventricularRuns(beats),
    ...stretches.flatMap((times) => [
      ...silences(times),
      ...byRate(times, 'extreme-bradycardia', 4, (meanS) => meanS > 60 / 40),
      ...byRate(times, 'extreme-tachycardia', 16, (meanS) => meanS < 60 / 140),
    ]),
  ].toSorted((a, b) => a.fromS - b.fromS)
}

/** Five and more ventricular beats in a row, any five of them above 100 /min. */
function ventricularRuns(beats: readonly { readonly atS: number; readonly ventricular: boolean }[]): ReferenceEvent[] {
  const events: ReferenceEvent[] = []
  for (let from = 0; from < beats.length; from++) {
    if (beats[from]?.ventricular !== true) continue
    let to = from
    while (beats[to + 1]?.ventricular === true) to += 1
    const times = beats.slice(from, to + 1).map(({ atS }) => atS)
    if (times.some((atS, i) => (times[i + 4] ?? Infinity) - atS < 4 * 0.6)) {
      events.push({ type: 'ventricular-tachycardia', fromS: times[0] ?? 0, toS: times.at(-1) ?? 0 })
    }
    from = to
  }
  return events
}

function silences(times: readonly number[]): ReferenceEvent[] {
  return times.flatMap((toS, i) => {
    const fromS = times[i - 1]
    return fromS === undefined || toS - fromS < 4 ? [] : [{ type: 'asystole', fromS, toS }]
  })
}

function byRate(
  times: readonly number[],
  type: LethalRhythm,
  intervals: number,
  isExtreme: (meanS: number) => boolean,
): ReferenceEvent[] {
  const events: ReferenceEvent[] = []
  for (let i = intervals; i < times.length; i++) {
    const fromS = times[i - intervals] ?? 0
    const toS = times[i] ?? 0
    if (!isExtreme((toS - fromS) / intervals)) continue
    const last = events.at(-1)
    if (last !== undefined && fromS <= last.toS) events[events.length - 1] = { ...last, toS }
    else events.push({ type, fromS, toS })
  }
  return events
}

export function overlap(
  a: { readonly fromS: number; readonly toS: number },
  b: { readonly fromS: number; readonly toS: number },
): boolean {
  return a.fromS <= b.toS && b.fromS <= a.toS
}
