/** The breath: a phase that goes on with the rate, and the wave that a chest band sees of it. */
export interface Respiration {
  /** The next `length` samples, −1 to 1, inspiration up. */
  render(ratePerMinute: number, length: number): Float64Array
  /** The breath at a time up to a second before or after the last rendered sample, by going on at the same rate. */
  at(timeS: number): number
}

const wave = (phase: number): number => (Math.sin(phase) + 0.18 * Math.sin(2 * phase)) / 1.1

export function createRespiration(startPhase: number, rateHz: number): Respiration {
  let phase = startPhase
  let timeS = 0
  let hz = 0.25
  return {
    render(ratePerMinute, length) {
      hz = ratePerMinute / 60
      const samples = new Float64Array(length)
      for (let index = 0; index < length; index++) {
        samples[index] = wave(phase)
        phase += (2 * Math.PI * hz) / rateHz
      }
      timeS += length / rateHz
      return samples
    },
    at: (at) => wave(phase + 2 * Math.PI * hz * (at - timeS)),
  }
}
