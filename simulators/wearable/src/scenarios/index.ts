import type { Scenario } from '../physiology/scenario.ts'
import { badLink, flatBattery, leadOff, leadOffOnce } from './faults.ts'
import { anteriorInfarction, inferiorInfarction } from './heart-attacks.ts'
import { hypoglycaemia, sepsis } from './metabolic.ts'
import { atrialFibrillation, fibrillationShocked, healthy, ventricularTachycardiaToFibrillation } from './rhythms.ts'

/** All scenarios by name. */
export const SCENARIOS = {
  healthy,
  'anterior-infarction': anteriorInfarction,
  'inferior-infarction': inferiorInfarction,
  'atrial-fibrillation': atrialFibrillation,
  'vt-vf': ventricularTachycardiaToFibrillation,
  'fibrillation-shocked': fibrillationShocked,
  sepsis,
  hypoglycaemia,
  'lead-off': leadOff,
  'lead-off-once': leadOffOnce,
  'flat-battery': flatBattery,
  'bad-link': badLink,
} as const satisfies Record<string, Scenario>
export type ScenarioName = keyof typeof SCENARIOS

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(SCENARIOS, name)
}
