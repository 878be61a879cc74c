import { anatomyOf, type Beat, type BeatKind } from './waves.ts'
import { createBody, type Body } from './vitals.ts'
import { createEcgModel } from './ecg.ts'
import type { LeadName } from './leads.ts'
import { healthyAdult, type Parameters } from './parameters.ts'
import { FINGER_DELAY_S, RADIAL_DELAY_S, renderPulse } from './pulse.ts'
import { createRandom } from './random.ts'
import { createRespiration } from './respiration.ts'
import { createRhythm } from './rhythm.ts'
import { eventsBetween, parametersAt, type Scenario, type ScenarioEvent } from './scenario.ts'

/** One second of a patient. Times are seconds since the start of the scenario. */
export interface Second {
  readonly fromS: number
  readonly rateHz: number
  /** mV; NaN where the lead is off. */
  readonly leads: ReadonlyMap<LeadName, Float64Array>
  /** Finger pulse, 0 to about 1; respiration −1 to 1; arterial pressure, mm[Hg]. */
  readonly ppg: Float64Array
  readonly resp: Float64Array
  readonly abp: Float64Array
  readonly body: Body
  readonly parameters: Parameters
  /** What a monitor would count: the mean of the last beats; `undefined` where there are none. */
  readonly heartRate: number | undefined
  readonly pulseRate: number | undefined
  readonly events: readonly ScenarioEvent[]
  /** The truth, for those who test a detector: R peaks in this second. */
  readonly beats: readonly { readonly timeS: number; readonly kind: BeatKind }[]
}

export interface PhysiologyOptions {
  readonly leads?: readonly LeadName[]
  /** Samples a second (250). */
  readonly rateHz?: number
}

/** A patient that goes on for ever, a second at a time. */
export interface Physiology {
  readonly leads: readonly LeadName[]
  readonly rateHz: number
  next(): Second
}

/** Beats are decided this far ahead, since P comes before R. */
const LOOK_AHEAD_S = 0.6
/** The last wave of a beat (the dicrotic wave of its pulse) is over by then. */
const REACH_S = 1.6

/** Mean rate over the last eight intervals, or `undefined` after four seconds without a beat. */
function countedRate(beats: readonly Beat[], nowS: number): number | undefined {
  const past = beats.filter((beat) => beat.timeS < nowS).slice(-8)
  const last = past.at(-1)
  if (last === undefined || nowS - last.timeS > 4) return undefined
  return 60 / (past.reduce((sum, beat) => sum + beat.rrS, 0) / past.length)
}

/** A patient in a scenario: pure and deterministic, the same seed and leads give the same samples. */
export function createPhysiology(
  scenario: Scenario,
  seed: number | string,
  options: PhysiologyOptions = {},
): Physiology {
  const leads = options.leads ?? scenario.leads
  const rateHz = options.rateHz ?? 250
  const random = createRandom(seed)
  const base = healthyAdult(random.fork('person'))
  const anatomy = anatomyOf(random.fork('anatomy'))
  const body = createBody(random.fork('body'), parametersAt(scenario, base, 0))
  const rhythm = createRhythm(random.fork('rhythm'))
  const respiration = createRespiration(random.between(0, 6), rateHz)
  const ecg = createEcgModel(random.fork('ecg'), anatomy, leads, rateHz)
  let history: Beat[] = []
  let second = 0

  return {
    leads,
    rateHz,
    next() {
      const fromS = second
      second += 1
      const parameters = parametersAt(scenario, base, fromS)
      const state = body.step(parameters)
      const resp = respiration.render(state.respirationRate, rateHz)
      const fresh = rhythm.advance(fromS + 1 + LOOK_AHEAD_S, parameters, state.heartRate, (timeS) =>
        respiration.at(timeS),
      )
      history = [...history, ...fresh].filter((beat) => beat.timeS > fromS - 12)
      const near = history.filter((beat) => beat.timeS > fromS - REACH_S)
      const pulse = renderPulse(near, RADIAL_DELAY_S, fromS, rateHz, rateHz)
      const perfused = history.filter((beat) => beat.stroke > 0.3)
      return {
        fromS,
        rateHz,
        leads: ecg.render(near, parameters, fromS, rateHz, resp),
        ppg: renderPulse(near, FINGER_DELAY_S, fromS, rateHz, rateHz),
        resp,
        abp: pulse.map((value) => state.diastolic + (state.systolic - state.diastolic) * value),
        body: state,
        parameters,
        heartRate: countedRate(history, fromS + 1),
        pulseRate: countedRate(perfused, fromS + 1),
        events: eventsBetween(scenario, fromS, fromS + 1),
        beats: history
          .filter((beat) => beat.timeS >= fromS && beat.timeS < fromS + 1)
          .map(({ timeS, kind }) => ({ timeS, kind })),
      }
    },
  }
}
