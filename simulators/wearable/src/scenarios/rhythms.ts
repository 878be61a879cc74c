import type { Scenario } from '../physiology/scenario.ts'

export const healthy: Scenario = {
  name: 'healthy',
  title: 'Healthy adult at rest',
  leads: ['II', 'V2', 'V5'],
  segments: [
    { durationS: 120 },
    { durationS: 60, to: { activity: 0.08 } },
    { durationS: 120 },
    { durationS: 60, to: { activity: 0.03 } },
  ],
  repeat: true,
}

export const atrialFibrillation: Scenario = {
  name: 'atrial-fibrillation',
  title: 'Atrial fibrillation',
  leads: ['II', 'V1', 'V5'],
  segments: [
    { durationS: 30 },
    { durationS: 20, set: { rhythm: 'atrial-fibrillation' }, to: { heartRate: 112, systolic: 116 } },
  ],
}

/** Premature beats, a run of ventricular tachycardia, fibrillation: the patient dies of it where nobody comes. */
export const ventricularTachycardiaToFibrillation: Scenario = {
  name: 'vt-vf',
  title: 'Ventricular tachycardia, then fibrillation',
  leads: ['II', 'V1', 'V5'],
  segments: [
    { durationS: 30, to: { ectopyPerMinute: 8 } },
    // the rate jumps: an ectopic focus needs no time to rise
    { durationS: 0, set: { rhythm: 'ventricular-tachycardia' }, to: { heartRate: 185, ectopyPerMinute: 0 } },
    { durationS: 25, to: { heartRate: 195 } },
    { durationS: 120, set: { rhythm: 'ventricular-fibrillation' } },
    { durationS: 60, set: { rhythm: 'asystole' } },
  ],
}

/** Fibrillation out of a quiet rhythm, ended by a shock after half a minute: the heart beats again. */
export const fibrillationShocked: Scenario = {
  name: 'fibrillation-shocked',
  title: 'Ventricular fibrillation, ended by a shock',
  leads: ['II', 'V1', 'V5'],
  segments: [
    { durationS: 360 },
    { durationS: 30, set: { rhythm: 'ventricular-fibrillation' } },
    { durationS: 0, set: { rhythm: 'sinus' }, to: { heartRate: 88 } },
    { durationS: 120, to: { heartRate: 76 } },
  ],
}
