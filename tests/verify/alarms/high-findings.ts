import type { Finding } from '@pulsewire/contracts'
import { createCompanion, createRecordSource } from '@pulsewire/replay'
import {
  createPhysiology,
  createPhysiologySource,
  SCENARIOS,
  type ScenarioName,
  type Source,
} from '@pulsewire/wearable'
import { readRecord } from '@pulsewire/wfdb'
import { sourceThroughMonitor } from './source-through-monitor.ts'

export const FROM_MS = Date.UTC(2026, 0, 1)
const CUFF_S = 60

/** The first record of each finding that rang with high priority while this source was sent. */
export function highFindings(source: Source, seconds: number): Finding[] {
  const rang = new Map<string, Finding>()
  for (const output of sourceThroughMonitor(source, { fromMs: FROM_MS, seconds })) {
    if (output.kind !== 'finding' || output.record.priority !== 'high') continue
    if (!rang.has(output.record.id)) rang.set(output.record.id, output.record)
  }
  return [...rang.values()]
}

export function simulated(scenario: ScenarioName, seed: number): Source {
  return createPhysiologySource(createPhysiology(SCENARIOS[scenario], seed), { cuffEveryS: CUFF_S })
}

/** A recording round and round, as the demo wears it: a second of silence and a new session between two rounds, simulated vitals beside it. */
export async function looped(path: string): Promise<Source> {
  const record = await readRecord(path)
  return createRecordSource(record, { loop: true, companion: createCompanion(record.name, CUFF_S) })
}

/** `ventricular-tachycardia at 00:02:34`, for a test's message. */
export function told({ type, onset, message }: Finding): string {
  return `${type} at ${new Date(onset).toISOString().slice(11, 19)}: ${message}`
}
