import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** CPU seconds that a process and its threads have used so far (user and system), from /proc (Linux). */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}

/** The middle of some figures, with the least and the most: `27 [25–31]`. */
export function spread(values: readonly number[], digits = 0): string {
  const sorted = values.toSorted((a, b) => a - b)
  const show = (value: number | undefined): string => (value ?? NaN).toFixed(digits)
  return `${show(sorted[sorted.length >> 1])} [${show(sorted[0])}–${show(sorted.at(-1))}]`
}
