import { MISSING_SAMPLE } from '@pulsewire/contracts'

/** Digits beyond those of one step of the scale: exact enough to give the sample back, without the noise of binary fractions. */
const EXTRA_DIGITS = 6

/** Physical values of raw samples, `null` = missing: value = (sample − offset) · scale. */
export function physicalValues(samples: Int16Array, scale: number, offset: number): (number | null)[] {
  const round = rounding(scale)
  return Array.from(samples, (sample) => (sample === MISSING_SAMPLE ? null : round((sample - offset) * scale)))
}

/** The same, as the inside of a JSON array. */
export function physicalText(samples: Int16Array, scale: number, offset: number): string {
  const round = rounding(scale)
  const parts: string[] = []
  for (const sample of samples) {
    parts.push(sample === MISSING_SAMPLE ? 'null' : String(round((sample - offset) * scale)))
  }
  return parts.join(',')
}

/** Rounds to a millionth of the scale. What JSON cannot say (infinite, from an absurd scale) is clamped. */
function rounding(scale: number): (value: number) => number {
  const digits = EXTRA_DIGITS - Math.floor(Math.log10(Math.abs(scale)))
  if (!Number.isFinite(digits) || digits < 0 || digits > 15) return clamp
  const factor = 10 ** digits
  return (value) => {
    const scaled = value * factor
    return Math.abs(scaled) < Number.MAX_SAFE_INTEGER ? Math.round(scaled) / factor || 0 : clamp(value)
  }
}

function clamp(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value)) || 0
}
