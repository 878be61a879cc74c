import { earlyShare, type Family, type Match } from './families.ts'
import { BEFORE_POINTS, type Form, type Snippet } from './snippet.ts'
import { VENTRICULAR_WEIGHTS } from './ventricular-weights.ts'

/**
 * What speaks for a ventricular beat, each against the patient's own normal beat in this lead:
 * - `unlike`, `slopeUnlike`: how little its complex, and its slopes, correlate with the normal ones; a logarithm, in parts of what the
 *   normal beats differ among themselves, so that noise makes nothing ventricular
 * - `full`: area over height, a measure of width that noise at the edges does not disturb (logarithm of the ratio)
 * - `early`: against the mean of the last eight intervals
 * - `discordantT`: a T wave to the other side than the complex
 * - `missingP`: the P wave that the normal beats have is not there (nothing where they have none)
 * - `earlyFamily`: the share of the beats of its family that come early
 * - `rough`: noise before the complex (speaks against)
 * - `unlikeInEarlyFamily`, `unlikeAndLong`: both together
 * - `area`, `largerArea`: logarithm of the area over that of the normal beats; the second only where it is larger
 */
export const VENTRICULAR_FEATURES = [
  'unlike',
  'slopeUnlike',
  'full',
  'early',
  'discordantT',
  'missingP',
  'earlyFamily',
  'rough',
  'unlikeInEarlyFamily',
  'unlikeAndLong',
  'area',
  'largerArea',
] as const

/** So much is added to unlikeness before it is compared: below it lies noise. */
const NOISE_FLOOR = 0.02
const LEAST_P_BEATS = 5
const MOST_P_CLARITY = 10
const USUAL_EARLY = 0.3
/** More noise than this speaks no louder against: what comes in noise may be ventricular all the same. */
const MOST_ROUGH = 0.25

const clamp = (value: number, low: number, high: number): number => (value < low ? low : value > high ? high : value)
const ratioOf = (value: number, usual: number): number => Math.log(Math.max(1e-6, value) / Math.max(1e-6, usual))

/** How much of the normal beats' P wave is missing, 0 to 1; less where their own is not clear. */
function missingP(normal: Family, { before }: Snippet): number {
  if (normal.beforeCount < LEAST_P_BEATS) return 0
  let product = 0
  let energy = 1e-9
  for (let k = 0; k < BEFORE_POINTS; k++) {
    const usual = normal.before[k] ?? 0
    product += (before[k] ?? 0) * usual
    energy += usual * usual
  }
  const clarity = Math.min(MOST_P_CLARITY, energy / Math.max(1e-9, normal.beforeSpread))
  return (1 - clamp(product / energy, 0, 1)) * (clarity / (1 + clarity))
}

/** Interval over the mean of the last ones: from which on it is not early at all, and over how much it becomes quite so. */
const NOT_EARLY = 0.95
const EARLY_SPAN = 0.2

/** Fills `into` (see `VENTRICULAR_FEATURES`). `pace` is the interval before it over the mean of the last ones; NaN = not known. */
export function ventricularFeatures(
  {
    own,
    snippet,
    form,
    match,
    family,
    normal,
    pace,
  }: {
    readonly own: boolean
    readonly snippet: Snippet
    readonly form: Form
    readonly match: Match
    readonly family: Family
    readonly normal: Family
    readonly pace: number
  },
  into: Float64Array,
): void {
  const fit = own ? match.own : match.toNormal
  const unlike = Math.log((1 - fit.likeness + NOISE_FLOOR) / (normal.unlike + NOISE_FLOOR))
  const longer = clamp(ratioOf(form.durationMs, normal.durationMs), 0, 1)
  const early = earlyShare(family)
  const area = clamp(ratioOf(form.areaMv, normal.areaMv), -1, 1)
  const size = Math.max(1e-6, normal.size)
  into[0] = unlike
  into[1] = Math.log((1 - fit.slopeLikeness + NOISE_FLOOR) / (normal.slopeUnlike + NOISE_FLOOR))
  into[2] = clamp(ratioOf(form.fullnessMs, normal.fullnessMs), -1, 1)
  into[3] = pace === pace ? clamp((NOT_EARLY - pace) / EARLY_SPAN, 0, 1) : 0
  into[4] = form.tMv === form.tMv ? clamp((-form.side * form.tMv) / size, -0.3, 0.3) : 0
  into[5] = missingP(normal, snippet)
  into[6] = early
  into[7] = Math.min(MOST_ROUGH, Math.sqrt(form.roughnessMv / size))
  into[8] = clamp(unlike, 0, 3) * clamp(early - USUAL_EARLY, -0.3, 0.7)
  into[9] = clamp(unlike, 0, 3) * longer
  into[10] = area
  into[11] = Math.max(0, area)
}

/** A logistic regression on the features, 0 to 1; fitted by `npm run fit -- ventricular-beat`. */
export function ventricularProbability(features: Float64Array): number {
  const { intercept, weights } = VENTRICULAR_WEIGHTS
  let score = intercept
  for (let i = 0; i < weights.length; i++) score += (weights[i] ?? 0) * (features[i] ?? 0)
  return 1 / (1 + Math.exp(-score))
}
