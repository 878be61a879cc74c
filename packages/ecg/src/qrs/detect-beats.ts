import type { BeatClass } from '@pulsewire/contracts'
import { createEcgAnalyzer } from '../analyzer.ts'

export interface DetectedBeat {
  sample: number
  beatClass: BeatClass
}

const FLUSH_SECONDS = 2

/** Beats of a whole recording, in ascending order: what the streaming analyser finds, with its revisions. */
export function detectBeats(samplesMv: Float64Array, rateHz: number): DetectedBeat[] {
  const analyzer = createEcgAnalyzer({ rateHz, lead: 'single' })
  const outputs = analyzer.push(0, samplesMv)
  const end = new Float64Array(Math.ceil(FLUSH_SECONDS * rateHz)).fill(NaN)
  outputs.push(...analyzer.push((samplesMv.length / rateHz) * 1000, end))
  const beats: [number, BeatClass][] = []
  for (const output of outputs) {
    if (output.kind === 'beat') beats.push([output.timeMs, output.beatClass])
    else if (output.kind === 'beats-revised') beats.push(...output.beats)
  }
  return beats
    .map(([timeMs, beatClass]) => ({ sample: Math.round((timeMs / 1000) * rateHz), beatClass }))
    .filter(({ sample }) => sample >= 0 && sample < samplesMv.length)
    .toSorted((a, b) => a.sample - b.sample)
}
