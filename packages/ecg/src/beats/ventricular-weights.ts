/** Written by `npm run fit -- ventricular-beat`. Order: unlike, slopeUnlike, full, early, discordantT, missingP, earlyFamily, rough, unlikeInEarlyFamily, unlikeAndLong, area, largerArea. */
export const VENTRICULAR_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: -5.5105,
  weights: [0.6828, 0.7906, 1.0844, 0.7111, 6.5435, 3.2247, 4.2312, -15.4261, 0.5991, 0.04, 0.2171, 4.2476],
}
