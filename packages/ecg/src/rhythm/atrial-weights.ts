/** Written by `npm run fit -- atrial-fibrillation`. Order: jump, crowd, turns, pace, pWave. */
export const ATRIAL_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: 2.702,
  weights: [1.7842, -4.5585, 8.5654, -6.957, -6.8701],
}
