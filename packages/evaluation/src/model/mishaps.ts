import { MISSING, type WfdbRecord } from '@pulsewire/wfdb'

/** What befalls a wearable besides noise. Each is done to whole records, once a minute, to count what rings of it. */
export const MISHAPS = ['lost', 'rail', 'step', 'turned', 'shaken'] as const
export type Mishap = (typeof MISHAPS)[number]

export const MISHAP_WORDS: Readonly<Record<Mishap, string>> = {
  lost: 'the last 8 s of each minute never arrive',
  rail: 'all leads are at the rail for 8 s of each minute',
  step: 'all leads jump by 3 mV once a minute, and come back within a second',
  turned: 'the first lead is turned over every other minute',
  shaken: 'the first lead is alone, and moves at 2 Hz by 1.25 mV for 10 s of each minute',
}

/** Of a converter of 12 bits, as MIT-BIH's. */
const RAIL = 2047
const STEP_MV = 3
const STEP_DECAY_S = 0.4
const SHAKE = { hz: 2, mv: 1.25 } as const

type Signal = WfdbRecord['signals'][number]
/** Place within the minute (s), and which minute. */
type Change = (sample: number, signal: Signal, atS: number, minute: number) => number

const isWithin = (atS: number, fromS: number, lengthS: number): boolean => atS >= fromS && atS < fromS + lengthS

const CHANGES: Readonly<Partial<Record<Mishap, Change>>> = {
  rail: (sample, _, atS) => (isWithin(atS, 50, 8) ? RAIL : sample),
  step: (sample, { gainPerUnit }, atS) =>
    isWithin(atS, 30, 1) ? sample + Math.round(STEP_MV * gainPerUnit * Math.exp((30 - atS) / STEP_DECAY_S)) : sample,
  turned: (sample, { baseline }, _, minute) => (minute % 2 === 1 ? 2 * baseline - sample : sample),
  shaken: (sample, { gainPerUnit }, atS) =>
    isWithin(atS, 20, 10)
      ? sample + Math.round(SHAKE.mv * gainPerUnit * Math.sin(2 * Math.PI * SHAKE.hz * atS))
      : sample,
}
const FIRST_LEAD: ReadonlySet<Mishap> = new Set(['turned', 'shaken'])

/** A record to which it happens: its samples, and the seconds of it that never arrive. */
export function withMishap(
  record: WfdbRecord,
  mishap: Mishap,
): { readonly record: WfdbRecord; readonly isLost?: (second: number) => boolean } {
  if (mishap === 'lost') return { record, isLost: (second) => isWithin(second % 60, 52, 8) }
  const change = CHANGES[mishap]
  if (change === undefined) return { record }
  const changed = (signal: Signal): Signal => ({
    ...signal,
    samples: signal.samples.map((sample, i) => {
      if (sample === MISSING) return MISSING
      const timeS = i / record.rateHz
      return Math.max(-RAIL, Math.min(RAIL, change(sample, signal, timeS % 60, Math.floor(timeS / 60))))
    }),
  })
  const kept = mishap === 'shaken' ? record.signals.slice(0, 1) : record.signals
  const signals = kept.map((signal, i) => (i > 0 && FIRST_LEAD.has(mishap) ? signal : changed(signal)))
  return { record: { ...record, signals } }
}
