import type { SeriesCoverage } from '../port.ts'

/** How much of one series there is in one window. */
export interface Covered {
  readonly device: string
  readonly name: string
  readonly start: number
  readonly amount: number
}

/** The series of one patient and kind, by device and name, each with its windows in order. Parts of one window are added up. */
export function coverageOf(patient: string, kind: SeriesCoverage['kind'], rows: Iterable<Covered>): SeriesCoverage[] {
  const series = new Map<string, { device: string; name: string; amounts: Map<number, number> }>()
  for (const { device, name, start, amount } of rows) {
    const key = JSON.stringify([device, name])
    const known = series.get(key) ?? { device, name, amounts: new Map<number, number>() }
    series.set(key, known)
    known.amounts.set(start, (known.amounts.get(start) ?? 0) + amount)
  }
  return [...series]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { device, name, amounts }]) => ({
      patient,
      device,
      name,
      kind,
      windows: [...amounts].sort(([one], [other]) => one - other),
    }))
}
