import type { News2Inputs, News2Parameter, News2Score } from './news2.ts'

/** What speaks for an infection with organ dysfunction, of what is known now. */
export interface SepsisScreen {
  /** NEWS2 of 5 and more, an abnormal temperature, and two points of SIRS or qSOFA. */
  readonly risk: boolean
  /** Out of three: temperature above 38.0 or below 36.0 °C, pulse above 90, breaths above 20. The white cells are not known here. */
  readonly sirs: number
  /** Out of three: breaths of 22 and more, systolic pressure of 100 and less, not alert. */
  readonly qsofa: number
  readonly abnormalTemperature: boolean
  /** What is missing or too old: the counts above are then lower bounds. */
  readonly unknown: readonly News2Parameter[]
}

const SCREENED = ['temperature', 'pulse', 'respirationRate', 'systolic', 'consciousness'] as const

/**
 * A screen after SIRS (Bone 1992) and qSOFA (Singer, JAMA 2016), led by NEWS2: never the only one. qSOFA alone comes late (the Surviving
 * Sepsis Campaign of 2021 advises against it as the only tool) [K], and an infection without fever shows in NEWS2 only, which rings by
 * itself. For whom NEWS2 is. Values are rounded to the table's step, as they are shown.
 */
export function sepsisScreen(inputs: News2Inputs, score: News2Score): SepsisScreen {
  const unknown = SCREENED.filter((parameter) => score.points[parameter] === undefined)
  const known = (parameter: 'temperature' | 'pulse' | 'respirationRate' | 'systolic', step: number): number => {
    const value = score.points[parameter] === undefined ? undefined : inputs[parameter]?.value
    // Compared with anything it is false: what is not known counts for nothing.
    return value === undefined ? NaN : Math.round(value * step + 1e-6) / step
  }
  const temperature = known('temperature', 10)
  const breaths = known('respirationRate', 1)
  const abnormalTemperature = temperature > 38 || temperature < 36
  const notAlert = score.points.consciousness !== undefined && inputs.consciousness?.value !== 'A'
  const count = (...signs: readonly boolean[]): number => signs.filter(Boolean).length
  const sirs = count(abnormalTemperature, known('pulse', 1) > 90, breaths > 20)
  const qsofa = count(breaths >= 22, known('systolic', 1) <= 100, notAlert)
  const risk = score.score >= 5 && abnormalTemperature && (sirs >= 2 || qsofa >= 2)
  return { risk, sirs, qsofa, abnormalTemperature, unknown }
}
