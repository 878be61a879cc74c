/** Written by `npm run fit -- ventricular-beat`. Order: unlike, slopeUnlike, full, early, discordantT, missingP, earlyFamily, rough, unlikeInEarlyFamily, unlikeAndLong, area, largerArea. */
export const VENTRICULAR_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: -5.4467,
  weights: [0.6234, 0.8334, 1.1887, 0.6185, 6.9222, 3.216, 4.3881, -16.2017, 0.6423, 0.1182, 0.3786, 4.1261],
}
