import { measureJointly, type StOutput } from '@pulsewire/ecg'
import type { LeadMeasurement } from '@pulsewire/detection'
import type { WfdbRecord } from '@pulsewire/wfdb'
import { physical } from '../sources/databases.ts'
import { contractNames } from './contract-names.ts'
import { analyseLead } from './single-lead.ts'

export interface LeadSamples {
  readonly lead: string
  readonly samplesMv: Float64Array
}

/** The leads of a record by their names in the contract, without Frank's. */
export function leadsOf(record: WfdbRecord): LeadSamples[] {
  const names = contractNames(record.signals)
  return record.signals.flatMap((signal, i) => {
    const lead = /^ecg\.(.+)$/.exec(names[i] ?? '')?.[1]
    return lead === undefined || ['X', 'Y', 'Z'].includes(lead) ? [] : [{ lead, samplesMv: physical(signal) }]
  })
}

/** Lead → its last measurement, with the onset and the end of QRS that all leads show together. */
export function measureLeads(leads: readonly LeadSamples[], rateHz: number): Map<string, StOutput> {
  const outputs = leads.map(({ lead, samplesMv }) => analyseLead(samplesMv, rateHz, lead).st)
  const lastMs = Math.max(...outputs.map((own) => own.at(-1)?.timeMs ?? -Infinity))
  const last = outputs.flatMap((own, i) => {
    const output = own.find(({ timeMs }) => Math.abs(timeMs - lastMs) < 1)
    return output === undefined ? [] : [{ lead: leads[i]?.lead ?? '', output }]
  })
  const joint = measureJointly(last.map(({ output }) => output))
  return new Map(last.flatMap(({ lead }, i) => (joint[i] === undefined ? [] : [[lead, joint[i]]])))
}

/** The same as the criteria take it: leads whose complex has a clear onset and end. */
export function measurementsOf(outputs: ReadonlyMap<string, StOutput>): LeadMeasurement[] {
  return [...outputs].flatMap(([lead, output]) =>
    output.clear ? [{ ...output, lead, heartRate: output.average.heartRate }] : [],
  )
}
