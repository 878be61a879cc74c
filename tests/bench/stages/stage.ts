import { spread } from '../cpu.ts'

/** One step of the way of the data, and what it costs beside what the hardware or the library alone would. */
export interface Stage {
  readonly name: string
  /** What is measured. */
  readonly what: string
  readonly unit: string
  readonly better: 'more' | 'less'
  /** What the limit is. */
  readonly limit: string
  /** Both in one round, in turn: machines are noisy, and a ratio of neighbours is less so. */
  measure(size: StageSize): Promise<StageRound>
  close?(): Promise<void>
}

export type StageSize = 'smoke' | 'full'

export interface StageRound {
  readonly ours: number
  readonly limit: number
  /** What else was seen. */
  readonly also?: Readonly<Record<string, number>>
}

export interface StageResult extends Pick<Stage, 'name' | 'what' | 'unit' | 'better' | 'limit'> {
  readonly rounds: readonly StageRound[]
}

export function resultOf({ name, what, unit, better, limit }: Stage, rounds: readonly StageRound[]): StageResult {
  return { name, what, unit, better, limit, rounds }
}

export const ratiosOf = ({ rounds }: StageResult): number[] => rounds.map(({ ours, limit }) => ours / limit)

/** A line of the table. */
export function lineOf(result: StageResult): string {
  const { name, what, unit, limit, rounds } = result
  const digits = (rounds[0]?.ours ?? 0) >= 100 ? 0 : 2
  const ours = spread(
    rounds.map((round) => round.ours),
    digits,
  )
  const best = spread(
    rounds.map((round) => round.limit),
    digits,
  )
  return `| ${name} | ${what} | ${ours} ${unit} | ${best} (${limit}) | ${spread(ratiosOf(result), 2)} |`
}

/** CPU seconds (user and system) that this process spends in `work`. */
export async function cpuSecondsIn(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
