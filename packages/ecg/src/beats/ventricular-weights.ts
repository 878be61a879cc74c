/** Written by `npm run fit -- ventricular-beat`. Order: unlike, slopeUnlike, full, early, discordantT, missingP, earlyFamily, rough, unlikeInEarlyFamily, unlikeAndLong, area, largerArea. */
export const VENTRICULAR_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: -5.4866,
  weights: [0.7102, 0.7754, 0.9948, 0.7476, 6.6886, 3.125, 4.1901, -15.6863, 0.5529, 0.025, 0.2086, 4.389],
}
