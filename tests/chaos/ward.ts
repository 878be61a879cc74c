import type { UplinkMessage } from '@pulsewire/contracts'
import {
  createPhysiology,
  createPhysiologySource,
  SCENARIOS,
  startNode,
  withOnset,
  type Credential,
  type RunningNode,
  type Scenario,
  type Source,
} from '@pulsewire/wearable'
import type { ApiClient } from '../support/api.ts'

const HOUR_MS = 3_600_000

/** A patient who behaves the same in each run: what the sensors measure follows from the seed. */
export interface ScriptedPatient {
  readonly name: string
  readonly device: string
  readonly scenario: Scenario
  readonly seed: number
}

const patient = (device: string, scenario: Scenario, seed: number): ScriptedPatient => ({
  name: `${scenario.title} (${device})`,
  device,
  scenario,
  seed,
})

/** The scripted ward of a run of so many seconds: each illness begins somewhere within it. */
export function scriptedWard(seconds: number): readonly ScriptedPatient[] {
  const at = (share: number, scenario: Scenario): Scenario => withOnset(scenario, Math.max(30, share * seconds))
  return [
    patient('chaos-healthy', SCENARIOS.healthy, 11),
    patient('chaos-inferior', at(0.15, SCENARIOS['inferior-infarction']), 12),
    patient('chaos-anterior', at(0.4, SCENARIOS['anterior-infarction']), 13),
    patient('chaos-rhythm', at(0.3, SCENARIOS['vt-vf']), 14),
    patient('chaos-fibrillation', at(0.2, SCENARIOS['atrial-fibrillation']), 15),
    patient('chaos-sugar', SCENARIOS.hypoglycaemia, 16),
  ]
}

/** A system under test: where its devices connect, and its API. */
export interface WardSystem {
  readonly mqttPort: number
  readonly api: ApiClient
}

/** A scripted patient in a system. */
export interface AdmittedPatient {
  readonly id: string
  readonly node: RunningNode
  /** Each message as it was measured. */
  readonly produced: readonly UplinkMessage[]
}

/** What a patient's sensors measure in so many seconds, then nothing more. */
function sourceOf({ scenario, seed }: ScriptedPatient, seconds: number): Source {
  const source = createPhysiologySource(createPhysiology(scenario, seed, {}), { cuffEveryS: 30 })
  return {
    next: () => {
      const block = source.next()
      return block === undefined || block.fromMs + block.durationMs > seconds * 1000 ? undefined : block
    },
  }
}

/** Admits the patients, each under the name of the device as id. Answers what starts their wearables; in two systems, the same `startAt` gives the same data. */
export async function admitWard(
  { api, mqttPort }: WardSystem,
  ward: readonly ScriptedPatient[],
  seconds: number,
): Promise<(startAt: number) => AdmittedPatient[]> {
  const admitted = await Promise.all(
    ward.map(async (scripted) => {
      const { name, device: id } = scripted
      await api.call('POST', '/patients', { id, name })
      const { credential } = await api.call<{ credential: Credential }>('POST', '/devices', { id })
      await api.call('PUT', `/devices/${id}/patient`, { patient: id, from: Date.now() - HOUR_MS })
      return { scripted, credential }
    }),
  )
  return (startAt) =>
    admitted.map(({ scripted, credential }) => {
      const produced: UplinkMessage[] = []
      const node = startNode(sourceOf(scripted, seconds), {
        url: `mqtt://127.0.0.1:${mqttPort}`,
        device: scripted.device,
        credential,
        startAt,
        firstRetryMs: 200,
        maximumRetryMs: 2_000,
        onProduced: (uplink) => produced.push(uplink),
      })
      return { id: scripted.device, node, produced }
    })
}
