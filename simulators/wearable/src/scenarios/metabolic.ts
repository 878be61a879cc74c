import type { Scenario } from '../physiology/scenario.ts'

/** Deterioration as in sepsis: warm, fast, short of breath, then low in pressure. NEWS2 goes from 0 past 7 in ten minutes (hours, in life). */
export const sepsis: Scenario = {
  name: 'sepsis',
  title: 'Sepsis-like deterioration',
  leads: ['II', 'V2', 'V5'],
  segments: [
    { durationS: 30 },
    { durationS: 180, to: { temperature: 38.6, heartRate: 82, respirationRate: 18, skinConductance: 8 } },
    { durationS: 180, to: { temperature: 39.3, heartRate: 92, respirationRate: 22, spo2: 93.5, systolic: 104 } },
    { durationS: 240, to: { heartRate: 98, respirationRate: 25, spo2: 91, systolic: 86, diastolic: 48 } },
  ],
}

export const hypoglycaemia: Scenario = {
  name: 'hypoglycaemia',
  title: 'Hypoglycaemia under insulin',
  leads: ['II', 'V2', 'V5'],
  from: { glucose: 118, insulinOnBoard: 5.2 },
  segments: [
    { durationS: 30 },
    { durationS: 150, to: { glucose: 72, insulinOnBoard: 4.4 } },
    { durationS: 210, to: { glucose: 44, insulinOnBoard: 3.2 } },
    { durationS: 300 },
  ],
  events: [{ atS: 320, event: 'symptom', detail: 'shaking, sweating' }],
}
