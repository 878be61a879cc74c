import type { Association, Monitoring, StaffCommand } from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'

/** A stretch of time of something, `[from, to)` in ms. */
export interface Span extends TimeRange {
  readonly by?: string
}

/** When `patient` wore a device, cut to a range. */
export function wornSpans(spans: Association['spans'], patient: string, { from, to }: TimeRange): Span[] {
  return spans.flatMap((span, index): Span[] => {
    if (span.patient !== patient) return []
    const stretch = { from: Math.max(from, span.from), to: Math.min(to, spans[index + 1]?.from ?? Infinity) }
    return stretch.from < stretch.to ? [stretch] : []
  })
}

type MonitoringCommand = Extract<StaffCommand, { type: 'monitoring' }>

/**
 * When a patient was on standby or discharged, cut to a range.
 * @param commands what was asked for, in order of time, from before the range on
 * @param now what is in force now: counts for the whole range where nothing was asked for
 */
export function unmonitoredSpans(
  commands: readonly MonitoringCommand[],
  now: Pick<Monitoring, 'state'>,
  { from, to }: TimeRange,
): (Span & { readonly state: 'standby' | 'discharged' })[] {
  if (commands.length === 0) return now.state === 'on' ? [] : [{ from, to, state: now.state }]
  return commands.flatMap((command, index) => {
    const { state, by, at, until = Infinity } = command
    if (state === 'on') return []
    const span = { from: Math.max(from, at), to: Math.min(to, until, commands[index + 1]?.at ?? Infinity), by, state }
    return span.from < span.to ? [span] : []
  })
}

export function lengthMs(spans: readonly TimeRange[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0)
}

/** How much of `[from, to)` lies in one of the spans, ms; they do not overlap. */
export function overlapMs(spans: readonly TimeRange[], { from, to }: TimeRange): number {
  return spans.reduce((sum, span) => sum + Math.max(0, Math.min(to, span.to) - Math.max(from, span.from)), 0)
}

/** What of `spans` is left without `others`; neither overlap among themselves. */
export function without(spans: readonly TimeRange[], others: readonly TimeRange[]): TimeRange[] {
  return others.reduce<TimeRange[]>(
    (left, { from, to }) =>
      left.flatMap((span) =>
        [
          { from: span.from, to: Math.min(span.to, from) },
          { from: Math.max(span.from, to), to: span.to },
        ].filter((part) => part.from < part.to),
      ),
    [...spans],
  )
}
