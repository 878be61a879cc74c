import { measureJointly, type StOutput } from '@pulsewire/ecg'
import type { LeadSlice } from './ecg-lead.ts'
import type { LeadView } from './lead-view.ts'

/**
 * The ST measurements among what the leads of a device said up to one time, by lead: measured with the onset and the end of QRS that these
 * leads show together. Only leads that can be believed (`isUsable`) have a say.
 */
export function jointSt(
  slices: readonly { readonly view: LeadView; readonly slice: LeadSlice }[],
  isUsable: (view: LeadView) => boolean,
): ReadonlyMap<string, StOutput> {
  const keys: string[] = []
  const outputs: StOutput[] = []
  for (const { view, slice } of slices) {
    for (const output of slice.outputs) {
      if (output.kind !== 'st' || !isUsable(view)) continue
      keys.push(view.key)
      outputs.push(output)
    }
  }
  return new Map(measureJointly(outputs).map((output, i) => [keys[i] ?? '', output]))
}
