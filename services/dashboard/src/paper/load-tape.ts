import { type Api, range } from '../api/client.ts'
import { pointsOf, type Tape } from './tape.ts'
import { wavesOf } from './samples.ts'

/**
 * What the store has of a patient in `[fromMs, toMs)`: all waves, or those named, with what was found over them. For stretches of minutes;
 * throws `ApiError`.
 */
export async function loadTape(
  api: Api,
  patient: string,
  fromMs: number,
  toMs: number,
  signals?: readonly string[],
): Promise<Tape> {
  const input = { path: { id: patient }, query: range(fromMs, toMs) }
  const named = signals === undefined ? {} : { signals: signals.join(',') }
  const [waveforms, beats, findings, vitals] = await Promise.all([
    api.call('GET /patients/{id}/waveforms', { ...input, query: { ...input.query, ...named } }),
    api.call('GET /patients/{id}/findings', { ...input, query: { ...input.query, type: 'beat' } }),
    api.call('GET /patients/{id}/findings', input),
    api.call('GET /patients/{id}/vitals', input),
  ])
  const series = Object.entries(vitals.series).map(([code, { points }]) => [code, points] as const)
  return {
    waves: wavesOf(waveforms.signals),
    marks: { beats: beats.beats ?? [], findings: findings.findings ?? [], ...pointsOf(series) },
  }
}
