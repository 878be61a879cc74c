/** Written by `npm run fit -- qrs`. Weights of a quiet and of a noisy lead: bias, lower, larger, standsOut, overNoise, likeness, veryAlike, otherSize, balance, slope, afterSteeper, afterMuchSteeper, beforeSteeper, besideLarger. */
export const QRS_WEIGHTS: { readonly quiet: readonly number[]; readonly noisy: readonly number[] } = {
  quiet: [-0.77, 0.5, 0.84, 0.71, 0.76, 0.42, 1.8, -1.07, 1.68, 0.52, -0.91, -1.0, -0.79, -1.21],
  noisy: [-2.13, 0.47, 0.54, 0.68, 0.72, 0.66, 1.27, -1.82, 2.66, -0.16, -1.17, -0.31, -1.19, -1.82],
}
