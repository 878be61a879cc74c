import type { VitalValues } from '@pulsewire/contracts'
import { createBody, createRandom, healthyAdult } from '@pulsewire/wearable'

/**
 * Plausible vitals beside a recording that has none, so that a demonstration shows a whole patient. Simulated, and marked as such in every
 * message; the heart rate is left to the recording.
 */
export function createCompanion(seed: number | string, cuffEveryS = 60): (second: number) => VitalValues {
  const random = createRandom(`companion ${seed}`)
  const person = healthyAdult(random.fork('person'))
  const body = createBody(random.fork('body'), person)
  return (second) => {
    const state = body.step(person)
    const cuff = second >= 10 && (second - 10) % cuffEveryS === 0
    return {
      spo2: Math.round(state.spo2),
      respirationRate: Math.round(state.respirationRate),
      temperature: Math.round(state.temperature * 10) / 10,
      ...(cuff ? { systolic: Math.round(state.systolic), diastolic: Math.round(state.diastolic) } : {}),
    }
  }
}
