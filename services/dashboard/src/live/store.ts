/** A state, changed by a pure reducer. Listeners are told at most every `quietMs`: many messages, one drawing. */
export interface Store<State, Action> {
  state(): State
  dispatch(action: Action): void
  subscribe(listener: () => void): () => void
}

export function createStore<State, Action>(
  reduce: (state: State, action: Action) => State,
  initial: State,
  quietMs = 100,
): Store<State, Action> {
  let state = initial
  let planned = false
  const listeners = new Set<() => void>()
  return {
    state: () => state,
    dispatch(action) {
      const next = reduce(state, action)
      if (next === state) return
      state = next
      if (planned) return
      planned = true
      setTimeout(() => {
        planned = false
        for (const listener of listeners) listener()
      }, quietMs)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
