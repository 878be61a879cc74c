import { createEcgAnalyzer } from '../analyzer.ts'
import type { EcgAnalyzerOptions, EcgOutput, RhythmOutput, RhythmType } from '../types.ts'

/** Everything that an analyser says of a signal, fed in seconds. */
export function analyse(samplesMv: Float64Array, options: EcgAnalyzerOptions, startMs = 0): EcgOutput[] {
  const analyzer = createEcgAnalyzer(options)
  const block = Math.round(options.rateHz)
  const outputs: EcgOutput[] = []
  for (let i = 0; i < samplesMv.length; i += block)
    outputs.push(...analyzer.push(startMs + (i * 1000) / options.rateHz, samplesMv.subarray(i, i + block)))
  return outputs
}

export function only<Kind extends EcgOutput['kind']>(
  outputs: readonly EcgOutput[],
  kind: Kind,
): Extract<EcgOutput, { kind: Kind }>[] {
  return outputs.filter((output): output is Extract<EcgOutput, { kind: Kind }> => output.kind === kind)
}

/** Onsets of episodes, all or of one type. */
export function onsets(outputs: readonly EcgOutput[], type?: RhythmType): RhythmOutput[] {
  return only(outputs, 'rhythm').filter(
    (output) => output.phase === 'onset' && (type === undefined || output.type === type),
  )
}

/** Times of all beats, revised ones too. */
export function beatTimes(outputs: readonly EcgOutput[]): number[] {
  return outputs
    .flatMap((output) => {
      if (output.kind === 'beat') return [output.timeMs]
      return output.kind === 'beats-revised' ? output.beats.map(([timeMs]) => timeMs) : []
    })
    .toSorted((a, b) => a - b)
}
