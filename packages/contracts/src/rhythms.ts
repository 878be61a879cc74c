/** Findings that are an episode of the heart's rhythm. Apart from the schemas, so that a browser loads no more than this. */
export const RHYTHM_TYPES = [
  'asystole',
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  'extreme-bradycardia',
  'extreme-tachycardia',
  'bradycardia',
  'tachycardia',
  'pause',
  'atrial-fibrillation',
  'av-block',
  'ventricular-bigeminy',
  'ventricular-trigeminy',
  'idioventricular-rhythm',
] as const
