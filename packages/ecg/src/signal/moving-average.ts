/** A running mean over a fixed number of samples. */
export interface MovingAverage {
  readonly values: Float64Array
  at: number
  sum: number
}

export function createMovingAverage(length: number): MovingAverage {
  return { values: new Float64Array(Math.max(1, Math.round(length))), at: 0, sum: 0 }
}

/** Takes a value and returns the mean of the last `length` (zeros before the first). */
export function average(state: MovingAverage, value: number): number {
  const { values } = state
  state.sum += value - (values[state.at] ?? 0)
  values[state.at] = value
  state.at += 1
  if (state.at === values.length) {
    // Summed anew once a round, so that rounding errors cannot grow.
    state.at = 0
    let sum = 0
    for (let i = 0; i < values.length; i++) sum += values[i] ?? 0
    state.sum = sum
  }
  return state.sum / values.length
}

/** A delay line: takes a value, returns the one of `length` samples ago (zeros before the first). */
export interface DelayLine {
  readonly values: Float64Array
  at: number
}

export function createDelayLine(length: number): DelayLine {
  return { values: new Float64Array(Math.max(1, Math.round(length))), at: 0 }
}

export function delay(state: DelayLine, value: number): number {
  const old = state.values[state.at] ?? 0
  state.values[state.at] = value
  state.at = state.at + 1 === state.values.length ? 0 : state.at + 1
  return old
}
