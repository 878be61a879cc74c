import { DEFAULT_LIMITS, type RuleSet } from '@pulsewire/contracts'
import { createPatientMonitor, type PatientMonitor, type PatientMonitorOptions } from '../patient-monitor.ts'
import type { DetectionOutput, PatientContext } from '../types.ts'
import { createRuleGate } from './rule-gate.ts'

/** A monitor to compare with: it takes in the same, and nobody keeps its state. */
export type ShadowMonitor = Pick<PatientMonitor, 'telemetry' | 'staff' | 'setContext' | 'tick'>

/** The detector of one patient under candidate rules. What it says must never reach an alarm manager. */
export function createShadowMonitor(options: PatientMonitorOptions, rules: RuleSet): ShadowMonitor {
  const monitor = createPatientMonitor({ ...options, context: underRules(options.context, rules) })
  const gate = createRuleGate(rules)
  const gated = (outputs: readonly DetectionOutput[], timeMs = -Infinity): DetectionOutput[] => [
    ...outputs.map((output) => (output.kind === 'finding' ? asFinding(gate.take(output.record)) : output)),
    ...gate.advance(timeMs).map(asFinding),
  ]
  return {
    telemetry: (input) => gated(monitor.telemetry(input), input.headers.time),
    staff: (input) => gated(monitor.staff(input)),
    setContext: (context) => gated(monitor.setContext(underRules(context, rules))),
    tick: (nowMs, watchingSinceMs) => gated(monitor.tick(nowMs, watchingSinceMs)),
  }
}

function asFinding(record: Extract<DetectionOutput, { kind: 'finding' }>['record']): DetectionOutput {
  return { kind: 'finding', record }
}

function underRules(context: PatientContext, rules: RuleSet): PatientContext {
  return rules.limits === undefined
    ? context
    : { ...context, limits: { ...DEFAULT_LIMITS, ...context.limits, ...rules.limits } }
}
