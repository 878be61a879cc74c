import type { BeatClass } from '@pulsewire/contracts'
import type { EcgOutput, EcgSnapshot } from '@pulsewire/ecg'
import type { EcgAnalyzerFactory } from '../types.ts'

/** The simplest analyser that keeps the contract of `@pulsewire/ecg`: a threshold finds the beats. */
interface FakeState {
  [key: string]: number | boolean | number[]
  nextMs: number
  above: boolean
  lastBeatMs: number
  secondMs: number
  flat: number
  samplesInSecond: number
  asystoleMs: number
  stAtMs: number
  levels: number[]
  lastStMs: number
}

const THRESHOLD_MV = 0.6

export const createFakeEcgAnalyzer: EcgAnalyzerFactory = ({ rateHz }, snapshot) => {
  const state: FakeState =
    snapshot === undefined
      ? {
          nextMs: -1,
          above: false,
          lastBeatMs: -1,
          secondMs: -1,
          flat: 0,
          samplesInSecond: 0,
          asystoleMs: -1,
          stAtMs: -1,
          levels: [],
          lastStMs: -1,
        }
      : (JSON.parse(JSON.stringify(snapshot.state)) as FakeState)
  const periodMs = 1000 / rateHz

  const sample = (timeMs: number, value: number, outputs: EcgOutput[]): void => {
    if (state.secondMs < 0) state.secondMs = Math.floor(timeMs / 1000) * 1000 + 1000
    if (state.lastBeatMs < 0) state.lastBeatMs = timeMs
    if (timeMs >= state.secondMs - 1e-6) {
      const missing = state.flat > state.samplesInSecond / 2
      outputs.push({
        kind: 'quality',
        timeMs: state.secondMs,
        quality: missing ? 0 : 1,
        reasons: missing ? ['missing'] : [],
      })
      state.secondMs += 1000
      state.flat = 0
      state.samplesInSecond = 0
    }
    state.samplesInSecond += 1
    if (Number.isNaN(value)) {
      state.flat += 1
      return
    }
    if (value > THRESHOLD_MV && !state.above && timeMs - state.lastBeatMs > 250) {
      const rrMs = timeMs - state.lastBeatMs
      const beatClass: BeatClass = 'N'
      outputs.push({ kind: 'beat', timeMs, beatClass, rrMs, quality: 1 })
      outputs.push({ kind: 'heart-rate', timeMs, bpm: 60_000 / rrMs })
      if (state.asystoleMs >= 0) {
        const onsetMs = state.asystoleMs
        outputs.push({ kind: 'rhythm', phase: 'end', type: 'asystole', onsetMs, endMs: timeMs, timeMs, confidence: 0.9, evidence: {} }) // prettier-ignore
        state.asystoleMs = -1
      }
      state.lastBeatMs = timeMs
      state.stAtMs = timeMs + 100
    }
    state.above = value > THRESHOLD_MV
    if (state.stAtMs >= 0 && timeMs >= state.stAtMs) {
      state.stAtMs = -1
      state.levels.push(value)
      if (state.levels.length > 8) state.levels.shift()
      if (timeMs - state.lastStMs >= 5_000) {
        state.lastStMs = timeMs
        const mv = state.levels.toSorted((a, b) => a - b)[state.levels.length >> 1] ?? 0
        outputs.push({ kind: 'st', timeMs, levelMv: mv, jMv: mv, j60Mv: mv, j80Mv: mv, beats: 8, uncertain: false, tAmplitudeMv: 0.2 }) // prettier-ignore
      }
    }
    if (state.asystoleMs < 0 && timeMs - state.lastBeatMs >= 4_000) {
      state.asystoleMs = state.lastBeatMs
      outputs.push({ kind: 'rhythm', phase: 'onset', type: 'asystole', onsetMs: state.asystoleMs, timeMs, confidence: 0.9, evidence: { secondsWithoutQrs: 4 } }) // prettier-ignore
    }
  }

  return {
    push: (timeMs, samplesMv) => {
      const outputs: EcgOutput[] = []
      if (Math.abs(timeMs - state.nextMs) > periodMs) {
        state.lastBeatMs = -1
        state.secondMs = -1
        state.asystoleMs = -1
      }
      samplesMv.forEach((value, index) => sample(timeMs + index * periodMs, value, outputs))
      state.nextMs = timeMs + samplesMv.length * periodMs
      return outputs
    },
    get seenUntilMs() {
      return state.nextMs
    },
    snapshot: (): EcgSnapshot => ({ version: 1, state: JSON.parse(JSON.stringify(state)) as FakeState }),
  }
}
