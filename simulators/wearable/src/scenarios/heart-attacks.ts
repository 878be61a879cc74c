import type { Scenario } from '../physiology/scenario.ts'

/** Occlusion of the left anterior descending artery: ST up in V2–V4, down in III and aVF. */
export const anteriorInfarction: Scenario = {
  name: 'anterior-infarction',
  title: 'Anterior heart attack',
  leads: ['II', 'V2', 'V3', 'V4'],
  segments: [
    { durationS: 30 },
    { durationS: 12, to: { stAnteriorMv: 0.28, pain: 6 } },
    { durationS: 60, to: { stAnteriorMv: 0.38, pain: 8, heartRate: 96, skinConductance: 12, respirationRate: 19 } },
    {
      durationS: 180,
      to: { stAnteriorMv: 0.5, systolic: 96, diastolic: 64, spo2: 93, ectopyPerMinute: 3, respirationRate: 22 },
    },
  ],
  events: [
    { atS: 40, event: 'symptom', detail: 'chest-pain' },
    { atS: 52, event: 'patient-button', detail: 'chest pain, pressed by the patient' },
  ],
}

/** Occlusion of the right coronary artery: ST up in II, III, aVF, down in I and aVL; the sinus node slows. */
export const inferiorInfarction: Scenario = {
  name: 'inferior-infarction',
  title: 'Inferior heart attack',
  leads: ['I', 'II', 'III', 'aVF'],
  segments: [
    { durationS: 30 },
    { durationS: 12, to: { stInferiorMv: 0.26, pain: 5 } },
    { durationS: 60, to: { stInferiorMv: 0.36, pain: 7, heartRate: 54, skinConductance: 14 } },
    { durationS: 180, to: { stInferiorMv: 0.45, heartRate: 50, systolic: 92, diastolic: 58, spo2: 94 } },
  ],
  events: [
    { atS: 41, event: 'symptom', detail: 'chest-pain' },
    { atS: 55, event: 'patient-button', detail: 'chest pain, pressed by the patient' },
  ],
}
