const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The spans that one key or click leads to. */
export const TREND_PRESETS: readonly { readonly label: string; readonly spanMs: number }[] = [
  { label: '10 min', spanMs: 10 * MINUTE },
  { label: '1 h', spanMs: HOUR },
  { label: '4 h', spanMs: 4 * HOUR },
  { label: '12 h', spanMs: 12 * HOUR },
  { label: '24 h', spanMs: DAY },
  { label: '7 d', spanMs: 7 * DAY },
  { label: '30 d', spanMs: 30 * DAY },
  { label: '90 d', spanMs: 90 * DAY },
]
export const SHORTEST_MS = 10_000
export const LONGEST_MS = 92 * DAY
/** So many places are kept to go back to. */
const BACK_KEPT = 30

/** The stretch that is shown, ms; `follows` = its end is now, and moves. */
export interface TrendRange {
  readonly from: number
  readonly to: number
  readonly follows: boolean
}

/** What is shown, and what was shown before. */
export interface TrendView extends TrendRange {
  readonly earlier: readonly TrendRange[]
}

export function openView(spanMs: number, nowMs: number): TrendView {
  return { from: nowMs - spanMs, to: nowMs, follows: true, earlier: [] }
}

/** The last `spanMs`; where something of the past is shown, as much of that, to its end. */
export function spanned(view: TrendView, spanMs: number, nowMs: number): TrendView {
  const to = view.follows ? nowMs : view.to
  return moved(view, { from: to - spanMs, to }, nowMs)
}

/** Exactly this stretch, as it was dragged, in whichever direction. */
export function zoomed(view: TrendView, oneMs: number, otherMs: number, nowMs: number): TrendView {
  return moved(view, { from: Math.min(oneMs, otherMs), to: Math.max(oneMs, otherMs) }, nowMs)
}

/** A share of the span (below 1: closer), around its middle; a view that follows keeps its end. */
export function zoomedBy(view: TrendView, factor: number, nowMs: number): TrendView {
  const span = (view.to - view.from) * factor
  const middle = (view.from + view.to) / 2
  const to = view.follows ? nowMs : middle + span / 2
  return moved(view, { from: to - span, to }, nowMs)
}

/** Along the axis by a share of the span, below 0 into the past. */
export function panned(view: TrendView, share: number, nowMs: number): TrendView {
  const by = (view.to - view.from) * share
  return moved(view, { from: view.from + by, to: view.to + by }, nowMs)
}

/** As much as is shown, up to now. */
export function backToNow(view: TrendView, nowMs: number): TrendView {
  return moved(view, { from: nowMs - (view.to - view.from), to: nowMs }, nowMs)
}

/** What was shown before; the same where there is nothing before. */
export function wentBack(view: TrendView, nowMs: number): TrendView {
  const [last, ...rest] = view.earlier
  return last === undefined ? view : advanced({ ...last, earlier: rest }, nowMs)
}

/** A view that follows, moved on to now. */
export function advanced(view: TrendView, nowMs: number): TrendView {
  return view.follows && nowMs > view.to ? { ...view, from: nowMs - (view.to - view.from), to: nowMs } : view
}

/** The stretch, neither too short nor too long, nor into the future; one that ends now follows. */
function moved(view: TrendView, wanted: { from: number; to: number }, nowMs: number): TrendView {
  const span = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, wanted.to - wanted.from))
  const middle = (wanted.from + wanted.to) / 2
  const wantedTo = span === wanted.to - wanted.from ? wanted.to : middle + span / 2
  const to = Math.min(nowMs, wantedTo)
  const { from, to: before, follows } = view
  const earlier = [{ from, to: before, follows }, ...view.earlier].slice(0, BACK_KEPT)
  return { from: to - span, to, follows: to === nowMs, earlier }
}
