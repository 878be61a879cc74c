export interface Grid {
  columns: number
  rows: number
}

/** The shape of a tile that shows most, width : height. */
const BEST_RATIO = 1.3
/** What it costs to leave places empty. */
const EMPTY_COST = 4

/** Columns and rows so that `count` tiles fill `width` × `height` without scrolling, as near to the best shape as they can be. */
export function gridFor(count: number, width: number, height: number): Grid {
  let best: Grid = { columns: 1, rows: Math.max(1, count) }
  let bestCost = Number.POSITIVE_INFINITY
  for (let columns = 1; columns <= Math.max(1, count); columns += 1) {
    const rows = Math.ceil(count / columns)
    const ratio = width / columns / (height / rows)
    const empty = columns * rows - count
    const cost = Math.abs(Math.log(ratio / BEST_RATIO)) + (empty / Math.max(1, count)) * EMPTY_COST
    if (cost < bestCost) {
      bestCost = cost
      best = { columns, rows: Math.max(1, rows) }
    }
  }
  return best
}

/** Beds in the order of their numbers, then by name: a tile's place never changes by itself. */
export function byBed(a: { place?: string | undefined; name: string; id: string }, b: typeof a): number {
  if ((a.place === undefined) !== (b.place === undefined)) return a.place === undefined ? 1 : -1
  return (
    (a.place ?? '').localeCompare(b.place ?? '', 'en', { numeric: true }) ||
    a.name.localeCompare(b.name) ||
    a.id.localeCompare(b.id)
  )
}

/** The patients whose bed or name answers to what was typed; the bed's number first. */
export function findBeds<T extends { place?: string | undefined; name: string }>(
  patients: readonly T[],
  typed: string,
): T[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return [...patients]
  const score = (patient: T): number => {
    const place = (patient.place ?? '').toLowerCase()
    if (place === wanted || place.split(/\s+/).includes(wanted)) return 3
    if (place.includes(wanted)) return 2
    return patient.name.toLowerCase().includes(wanted) ? 1 : 0
  }
  return patients
    .map((patient) => ({ patient, score: score(patient) }))
    .filter((entry) => entry.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((entry) => entry.patient)
}

/** Where an arrow key leads from a tile: the index of another one, or of the same where there is none. */
export function neighbour(key: string, index: number, columns: number, count: number): number | undefined {
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key]
  if (step === undefined) return undefined
  const to = index < 0 ? 0 : index + step
  return to >= 0 && to < count ? to : index
}
