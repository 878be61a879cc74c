import { createGlucoseState, stepGlucose, type GlucoseForecast } from '@pulsewire/early-warning'

/** A forecast older than this is none, ms. */
const FRESH_MS = 15 * 60_000

/** Where glucose is likely to be 20 minutes after its last reading, as the detector reckons it; nothing where the readings are too few or old. */
export function glucoseForecast(
  readings: readonly (readonly [timeMs: number, mgDl: number])[],
  nowMs: number,
): GlucoseForecast | undefined {
  const state = createGlucoseState()
  let forecast: GlucoseForecast | undefined
  let last = -Infinity
  for (const [timeMs, mgDl] of readings) {
    const next = stepGlucose(state, timeMs, mgDl)
    if (next !== undefined) [forecast, last] = [next, timeMs]
  }
  return nowMs - last <= FRESH_MS ? forecast : undefined
}
