import { measureJointly, type StOutput } from '@pulsewire/ecg'
import type { WfdbRecord } from '@pulsewire/wfdb'
import { physical } from '../sources/databases.ts'
import { contractNames } from './contract-names.ts'
import { analyseLead } from './single-lead.ts'

/** Lead of the contract → its last measurement, with the onset and the end of QRS that all leads show together. */
export function measureLeads(record: WfdbRecord): Map<string, StOutput> {
  const names = contractNames(record.signals)
  const byLead = new Map<string, readonly StOutput[]>()
  for (const [i, signal] of record.signals.entries()) {
    const lead = names[i]?.replace(/^ecg\./, '')
    if (lead === undefined || ['X', 'Y', 'Z'].includes(lead)) continue
    byLead.set(lead, analyseLead(physical(signal), record.rateHz, lead).st)
  }
  const lastMs = Math.max(...[...byLead.values()].map((outputs) => outputs.at(-1)?.timeMs ?? -Infinity))
  const last = [...byLead].flatMap(([lead, outputs]) => {
    const output = outputs.find(({ timeMs }) => Math.abs(timeMs - lastMs) < 1)
    return output === undefined ? [] : [{ lead, output }]
  })
  const joint = measureJointly(last.map(({ output }) => output))
  return new Map(last.flatMap(({ lead }, i) => (joint[i] === undefined ? [] : [[lead, joint[i]]])))
}
