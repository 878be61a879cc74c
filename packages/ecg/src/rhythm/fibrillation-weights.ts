/** Written by `npm run fit -- ventricular-fibrillation`. Order: evenness, logAmplitude, restPart, filling, logRoughness, slowPart, logSteadiness, organisation. */
export const FIBRILLATION_WEIGHTS: { readonly intercept: number; readonly weights: readonly number[] } = {
  intercept: -11.2899,
  weights: [18.8051, 0.825, -5.2829, 37.1765, -2.1218, -7.3588, -1.8194, -11.5148],
}
