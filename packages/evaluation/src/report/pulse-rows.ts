import type { ChainScore } from '../tasks/chain-job.ts'
import { agree, type PulseWindow } from '../score/pulse-agreement.ts'
import { ofClusters, share, sum } from '../score/statistics.ts'
import { percent, percentWithInterval, type Row } from './rows.ts'

const WAVES = [
  ['abp', 'the pressure wave'],
  ['ppg', 'the pulse wave of an oximeter'],
] as const

interface Counts {
  readonly tuned: boolean
  readonly database: string
  readonly both: readonly PulseWindow[]
  readonly ecgAlone: number
}

/** The rate by the pulse against that by the ECG, windows of 10 s in which both are there. */
export function pulseRows(chains: readonly ChainScore[]): Row[] {
  return WAVES.flatMap(([signal, name]): Row[] => {
    const records = chains.flatMap(({ ref, pulse }): Counts[] => {
      const windows = pulse.filter((window) => window.signal === signal)
      const both = windows.filter(({ ecgPerMin, pulsePerMin }) => ecgPerMin !== undefined && pulsePerMin !== undefined)
      const ecgAlone = windows.filter(({ ecgPerMin, pulsePerMin }) => ecgPerMin !== undefined && pulsePerMin === undefined).length // prettier-ignore
      return windows.length === 0 ? [] : [{ tuned: ref.tuned, database: ref.database, both, ecgAlone }]
    })
    if (records.length === 0) return []
    const agreeing = (of: readonly Counts[]): number =>
      share(
        sum(of, ({ both }) => both.filter(agree).length),
        sum(of, ({ both }) => both.length),
      )
    const half = (tuned: boolean): string => percent(agreeing(records.filter((record) => record.tuned === tuned)), 1)
    const off = records
      .flatMap(({ both }) => both)
      .map(({ ecgPerMin = NaN, pulsePerMin = NaN }) => Math.abs(ecgPerMin - pulsePerMin))
      .toSorted((a, b) => a - b)
    const quantile = (part: number): string => (off[Math.floor(part * (off.length - 1))] ?? NaN).toFixed(1)
    const databases = [...new Set(records.map(({ database }) => database))].join(', ')
    return [
      {
        group: 'pulse',
        what: `rate by ${name} within 5 /min or 10 % (EC13) of that by the ECG, 10-s windows`,
        on: `${databases}, ${records.length} records, ${off.length} windows with both`,
        reached: percentWithInterval(ofClusters(records, agreeing, `pulse ${signal}`), 1),
        tuned: half(true),
        heldOut: half(false),
        note: `difference: median ${quantile(0.5)}, 90 % below ${quantile(0.9)} /min; ${sum(records, ({ ecgAlone }) => ecgAlone)} windows with an ECG and no pulse; nothing left out, neither noise nor arrests nor beats without a pulse`,
      },
    ]
  })
}
