/** A change of limits as `GET /patients/{id}/limits/history` tells it. */
export interface LimitChange {
  readonly at: number
  readonly by: string
  readonly changes: readonly {
    readonly code: string
    readonly side: 'low' | 'high'
    readonly before?: number | undefined
    readonly after?: number | undefined
  }[]
}

/** A limit as it was in force over a stretch, ms. */
export interface LimitStep {
  readonly from: number
  readonly to: number
  readonly value: number
}

/** One side of a vital's limits through `[from, to)`: what is in force now, and what was before each change. */
export function limitSteps(
  history: readonly LimitChange[],
  code: string,
  side: 'low' | 'high',
  inForce: number | undefined,
  { from, to }: { readonly from: number; readonly to: number },
): LimitStep[] {
  const steps: LimitStep[] = []
  let end = to
  let value = inForce
  const add = (start: number) => {
    if (value !== undefined && start < end) steps.push({ from: start, to: end, value })
  }
  for (const { at, changes } of history.toSorted((one, other) => other.at - one.at)) {
    const change = changes.find((each) => each.code === code && each.side === side)
    if (!change || at <= from) continue
    if (at < end) {
      add(at)
      end = at
    }
    value = change.before
  }
  add(from)
  return steps.toReversed()
}
