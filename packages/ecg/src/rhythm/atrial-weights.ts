/** Written by `npm run fit -- atrial-fibrillation`. Order: jump, crowd, turns, pace, pWave. */
export const ATRIAL_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: 2.8805,
  weights: [1.7099, -4.0248, 7.5074, -7.046, -6.9313],
}
