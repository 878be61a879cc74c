import { ST_EVERY_S } from '@pulsewire/ecg'
import { analyseLead } from '../run/single-lead.ts'
import { stSignal, type StCase } from '../model/st-model.ts'

/** A modelled lead whose ST level is known. */
export interface StJob {
  readonly kind: 'st'
  readonly stCase: StCase
  readonly snrDb?: number
}

export interface StResult {
  readonly kind: 'st'
  readonly stCase: StCase
  readonly snrDb?: number
  /** Measured minus true level at J+80 ms (J+60 ms above 120 /min), µV: measurements that are said to be certain. */
  readonly errorsUv: readonly number[]
  /** How many were said to be uncertain, or could be made. */
  readonly uncertain: number
  readonly expected: number
}

const SECONDS = 60
const RATE_HZ = 250
const FAST_RATE = 120

/** All combinations that the ST figures rest on. */
export function stCases(): StCase[] {
  const cases: StCase[] = []
  for (const heartRate of [55, 75, 100, 130])
    for (const stMv of [-0.3, -0.15, 0, 0.15, 0.3])
      for (const [slope, rMv, qrsMs, tMv] of [
        [0, 1, 90, 0.3],
        [0.5, 0.6, 80, 0.2],
        [-0.5, 1.5, 100, -0.25],
      ] as const)
        cases.push({ seed: `st ${cases.length}`, heartRate, stMv, slope, rMv, qrsMs, tMv })
  return cases
}

export function runSt({ stCase, snrDb }: StJob): StResult {
  const signal = stSignal(stCase, SECONDS, RATE_HZ, snrDb)
  const { st } = analyseLead(signal.samplesMv, RATE_HZ, 'II')
  const truth = signal.levelAt(stCase.heartRate > FAST_RATE ? 60 : 80)
  const certain = st.filter(({ uncertain }) => !uncertain)
  return {
    kind: 'st',
    stCase,
    ...(snrDb === undefined ? {} : { snrDb }),
    errorsUv: certain.map(({ levelMv }) => Math.round((levelMv - truth) * 10_000) / 10),
    uncertain: st.length - certain.length,
    expected: Math.floor(SECONDS / ST_EVERY_S),
  }
}
