/** Written by `npm run fit -- atrial-fibrillation`. Order: jump, crowd, turns, pace, pWave. */
export const ATRIAL_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: 2.6543,
  weights: [1.7423, -5.0341, 8.7607, -7.249, -6.7283],
}
