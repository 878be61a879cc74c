import type { UplinkMessage } from '@pulsewire/contracts'
import type { LeadName } from './physiology/leads.ts'
import { createPhysiology, type PhysiologyOptions } from './physiology/physiology.ts'
import type { Scenario } from './physiology/scenario.ts'
import { createPhysiologySource, type SensorOptions } from './physiology-source.ts'
import { toUplink } from './reading.ts'
import { SCENARIOS, type ScenarioName } from './scenarios/index.ts'

export interface SimulateOptions extends SensorOptions {
  readonly scenario: ScenarioName | Scenario
  readonly seed: number | string
  /** Epoch ms of the scenario's first sample. */
  readonly fromMs: number
  readonly seconds: number
  readonly leads?: readonly LeadName[]
  readonly boot?: string
}

export function scenarioOf(scenario: ScenarioName | Scenario): Scenario {
  return typeof scenario === 'string' ? SCENARIOS[scenario] : scenario
}

/** Options of a physiology with these leads, or with those of the scenario. */
export function onlyLeads(leads: readonly LeadName[] | undefined): PhysiologyOptions {
  return leads === undefined ? {} : { leads }
}

/** What a node in this scenario would send, in order of its seq, without a broker: for tests of what comes after it. */
export function* simulateBlocks(options: SimulateOptions): Generator<UplinkMessage, void, void> {
  const { fromMs, seconds, boot = `sim-${options.seed}` } = options
  const physiology = createPhysiology(scenarioOf(options.scenario), options.seed, onlyLeads(options.leads))
  const source = createPhysiologySource(physiology, options)
  let seq = 0
  for (let second = 0; second < seconds; second++) {
    for (const reading of source.next()?.readings ?? []) {
      yield toUplink(reading, { boot, seq, at: fromMs + reading.offsetMs })
      seq += 1
    }
  }
}
