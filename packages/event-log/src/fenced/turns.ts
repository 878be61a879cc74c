/** Work on states of which there is one writer: one piece at a time. */
export interface Turns<T> {
  /** Runs `work` after what came before. Where a piece failed nobody knows what the log holds: the states are loaded again before the next one. */
  inTurn<R>(work: (states: T) => Promise<R>): Promise<R>
}

/**
 * @param load takes the states over
 * @param assertOwned throws PW_CONFLICT where they have another owner: asked before they are loaded again, which would shut that one out
 */
export async function createTurns<T>(load: () => Promise<T>, assertOwned: () => Promise<void>): Promise<Turns<T>> {
  let states = await load()
  let isStale = false
  let last: Promise<unknown> = Promise.resolve()
  return {
    inTurn: (work) => {
      const turn = last.then(async () => {
        if (isStale) {
          await assertOwned()
          states = await load()
        }
        isStale = true
        const result = await work(states)
        isStale = false
        return result
      })
      last = turn.catch(() => undefined)
      return turn
    },
  }
}
