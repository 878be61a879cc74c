import type { Limits } from '@pulsewire/contracts'
import { NUMERIC_VITALS, isNumericVital } from '@pulsewire/contracts/vitals'

/** What is different between two sets of limits, a line for each side: "SpO2, low: 90 → 86". */
export function limitChanges(before: Limits, after: Limits): string[] {
  const codes = new Set([...Object.keys(before), ...Object.keys(after)].filter(isNumericVital))
  return [...codes].flatMap((code) =>
    (['low', 'high'] as const).flatMap((side) => {
      const [old, now] = [before[code]?.[side], after[code]?.[side]]
      return old === now
        ? []
        : [`${NUMERIC_VITALS[code].label}, ${side}: ${old ?? 'not watched'} → ${now ?? 'not watched'}`]
    }),
  )
}
