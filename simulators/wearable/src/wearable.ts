import type { LeadName } from './physiology/leads.ts'
import { createPhysiology } from './physiology/physiology.ts'
import type { Scenario } from './physiology/scenario.ts'
import { startNode } from './node/node.ts'
import type { NodeOptions, RunningNode } from './node/node-types.ts'
import { createPhysiologySource, type SensorOptions } from './physiology-source.ts'
import type { ScenarioName } from './scenarios/index.ts'
import { onlyLeads, scenarioOf } from './simulate.ts'

export interface WearableOptions extends NodeOptions, SensorOptions {
  readonly scenario: ScenarioName | Scenario
  /** The patient: the same seed gives the same one. */
  readonly seed: number | string
  /** The leads that the patch sends (those of the scenario). */
  readonly leads?: readonly LeadName[]
}

/** A simulated patient with a body-sensor node, as a client of a broker like any other. */
export function startWearable(options: WearableOptions): RunningNode {
  const physiology = createPhysiology(scenarioOf(options.scenario), options.seed, onlyLeads(options.leads))
  return startNode(createPhysiologySource(physiology, options), {
    model: 'Pulsewire simulated patch',
    firmware: '0.1.0',
    ...options,
  })
}
