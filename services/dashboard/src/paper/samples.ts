/** Samples in a row without a gap between them: sample i is at `startMs + i · 1000 / rateHz`; NaN = not measured. */
export interface Run {
  readonly startMs: number
  readonly rateHz: number
  readonly values: Float32Array
}

/** One signal as far as it is known: its runs by their start. */
export interface PaperWave {
  readonly signal: string
  /** UCUM. */
  readonly unit: string
  readonly devices: readonly string[]
  readonly runs: readonly Run[]
}

/** A signal as `GET /patients/{id}/waveforms` and the live socket tell it. */
interface TellsSamples {
  readonly name: string
  readonly unit: string | null
  readonly rateHz: number | null
  readonly device?: string | null
  readonly segments: readonly { readonly start: number; readonly samples?: readonly (number | null)[] }[]
}

export const endMsOf = ({ startMs, rateHz, values }: Run): number => startMs + (values.length * 1000) / rateHz

/** Waves of an answer, by their names; those without a sample are left out. A name with two units is two waves. */
export function wavesOf(signals: readonly TellsSamples[]): PaperWave[] {
  const waves = new Map<string, { signal: string; unit: string; devices: Set<string>; runs: Run[] }>()
  for (const { name, unit, rateHz, device, segments } of signals) {
    if (unit === null || rateHz === null) continue
    const key = `${name}\n${unit}`
    const wave = waves.get(key) ?? { signal: name, unit, devices: new Set<string>(), runs: [] }
    waves.set(key, wave)
    for (const { start, samples = [] } of segments) {
      if (samples.length === 0) continue
      if (device) wave.devices.add(device)
      wave.runs.push({ startMs: start, rateHz, values: Float32Array.from(samples, (value) => value ?? Number.NaN) })
    }
  }
  return [...waves.values()]
    .filter(({ runs }) => runs.length > 0)
    .map((wave) => ({
      ...wave,
      devices: [...wave.devices].sort(),
      runs: wave.runs.sort((a, b) => a.startMs - b.startMs),
    }))
}

/** The part of a wave in `[fromMs, toMs)`. */
export function cutWave(wave: PaperWave, fromMs: number, toMs: number): PaperWave {
  const runs = wave.runs.flatMap((run): Run[] => {
    const indexAt = (ms: number) => Math.ceil(((ms - run.startMs) * run.rateHz) / 1000 - 1e-6)
    const first = Math.max(0, indexAt(fromMs))
    const end = Math.min(run.values.length, indexAt(toMs))
    if (end <= first) return []
    return [{ ...run, startMs: run.startMs + (first * 1000) / run.rateHz, values: run.values.subarray(first, end) }]
  })
  return { ...wave, runs }
}

/** The values of a wave in `[fromMs, toMs)`, gaps left out. */
export function valuesOf(wave: PaperWave, fromMs: number, toMs: number): number[] {
  return cutWave(wave, fromMs, toMs).runs.flatMap(({ values }) => [...values].filter((value) => !Number.isNaN(value)))
}
