import type { BeatClass } from '@pulsewire/contracts'
import { createEcgAnalyzer, type RhythmType, type StOutput } from '@pulsewire/ecg'
import type { Span } from '../score/spans.ts'

export interface RhythmEpisode extends Span {
  readonly type: RhythmType
  /** When it was said first, seconds of the record. */
  readonly saidS: number
}

export interface LeadFindings {
  /** In order; `sample` counts from the first. */
  readonly beats: readonly { readonly sample: number; readonly beatClass: BeatClass }[]
  readonly rhythms: readonly RhythmEpisode[]
  readonly st: readonly StOutput[]
}

const FLUSH_S = 2
const PIECE_S = 10

/** What the analyser of one lead finds in a whole recording (mV, NaN = missing). */
export function analyseLead(samplesMv: Float64Array, rateHz: number, lead: string): LeadFindings {
  const analyzer = createEcgAnalyzer({ rateHz, lead })
  const beats: [number, BeatClass][] = []
  const st: StOutput[] = []
  const open = new Map<string, { type: RhythmType; fromS: number; toS: number; saidS: number; ended: boolean }>()
  const take = (timeMs: number, samples: Float64Array): void => {
    for (const output of analyzer.push(timeMs, samples)) {
      if (output.kind === 'beat') beats.push([output.timeMs, output.beatClass])
      else if (output.kind === 'beats-revised') beats.push(...output.beats)
      else if (output.kind === 'st') st.push(output)
      else if (output.kind === 'rhythm') {
        const { type, onsetMs, endMs, timeMs: saidMs, phase } = output
        const known = open.get(`${type} ${onsetMs}`)
        const saidS = known?.saidS ?? saidMs / 1000
        open.set(`${type} ${onsetMs}`, {
          type,
          fromS: onsetMs / 1000,
          toS: (endMs ?? saidMs) / 1000,
          saidS,
          ended: phase === 'end',
        })
      }
    }
  }
  const piece = Math.round(PIECE_S * rateHz)
  for (let from = 0; from < samplesMv.length; from += piece) {
    take((from / rateHz) * 1000, samplesMv.subarray(from, from + piece))
  }
  const lengthS = samplesMv.length / rateHz
  take(lengthS * 1000, new Float64Array(Math.ceil(FLUSH_S * rateHz)).fill(Number.NaN))
  return {
    beats: beats
      .map(([timeMs, beatClass]) => ({ sample: Math.round((timeMs / 1000) * rateHz), beatClass }))
      .filter(({ sample }) => sample >= 0 && sample < samplesMv.length)
      .toSorted((a, b) => a.sample - b.sample),
    // One that has not ended goes on to the end of the record.
    rhythms: [...open.values()].map(({ type, fromS, toS, saidS, ended }) => {
      return { type, saidS, fromS: Math.max(0, fromS), toS: ended ? Math.min(toS, lengthS) : lengthS }
    }),
    st,
  }
}

/** The spans of some rhythms. */
export function spansOfRhythm(findings: LeadFindings, ...types: readonly RhythmType[]): RhythmEpisode[] {
  return findings.rhythms.filter(({ type }) => types.includes(type))
}
