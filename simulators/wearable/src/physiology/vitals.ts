import type { Parameters } from './parameters.ts'
import type { Random } from './random.ts'

/** What the body does, after each part has answered the others. */
export interface Body {
  readonly heartRate: number
  readonly respirationRate: number
  readonly systolic: number
  readonly diastolic: number
  readonly spo2: number
  readonly temperature: number
  readonly glucose: number
  readonly skinConductance: number
}

type BodyKey = keyof Body

/** How long each part takes to follow (first order), and how much it wanders by itself. */
const DYNAMICS: Readonly<Record<BodyKey, { lagS: number; wander: number }>> = {
  heartRate: { lagS: 6, wander: 0.8 },
  respirationRate: { lagS: 12, wander: 0.5 },
  systolic: { lagS: 15, wander: 1.5 },
  diastolic: { lagS: 15, wander: 1 },
  spo2: { lagS: 15, wander: 0.25 },
  temperature: { lagS: 60, wander: 0.03 },
  glucose: { lagS: 30, wander: 0.6 },
  skinConductance: { lagS: 10, wander: 0.15 },
}
const KEYS = Object.keys(DYNAMICS) as BodyKey[]
/** Correlation time of the wandering, seconds. */
const WANDER_S = 20

const above = (value: number, threshold: number): number => Math.max(0, value - threshold)

/**
 * Where the body would come to rest with these causes. Directions and rough sizes as in physiology text books: fever drives the rate by
 * about 8 /min for each °C and the breath by 2; falling pressure and falling saturation are answered by the rate; pain, effort and low sugar
 * by rate, breath and sweat; a fast ventricular rhythm fills badly and takes the pressure down.
 */
export function equilibrium(parameters: Parameters): Body {
  const fever = above(parameters.temperature, 37.2)
  const shortOfOxygen = above(94, parameters.spo2)
  const shortOfSugar = above(70, parameters.glucose)
  const shortOfPressure = above(100, parameters.systolic)
  const { activity, pain, rhythm } = parameters
  const driven = rhythm === 'sinus' || rhythm === 'atrial-fibrillation'
  const output = { sinus: 1, 'atrial-fibrillation': 0.94, 'ventricular-tachycardia': 0.62 }
  const pumping = rhythm === 'ventricular-fibrillation' || rhythm === 'asystole' ? 0.15 : output[rhythm]
  const effort = above(activity, 0.05)
  const reflex = 8 * fever + 0.9 * shortOfOxygen + 0.4 * shortOfSugar + 0.4 * shortOfPressure + 60 * effort + 0.8 * pain
  return {
    heartRate: parameters.heartRate + (driven ? reflex : 0),
    respirationRate: parameters.respirationRate + 2 * fever + 0.5 * shortOfOxygen + 14 * effort + 0.3 * pain,
    systolic: (parameters.systolic + 35 * effort + 0.6 * pain) * pumping,
    diastolic: (parameters.diastolic + 8 * effort + 0.3 * pain) * (0.4 + 0.6 * pumping),
    spo2: parameters.spo2 - (1 - pumping) * 14,
    temperature: parameters.temperature + 0.6 * effort,
    glucose: parameters.glucose,
    skinConductance: parameters.skinConductance + 0.35 * shortOfSugar + 0.5 * pain + 12 * effort,
  }
}

/** Follows the equilibrium second by second. */
export function createBody(random: Random, start: Parameters): { step(parameters: Parameters): Body } {
  const state: Record<BodyKey, number> = { ...equilibrium(start) }
  const wander: Record<BodyKey, number> = {
    heartRate: 0,
    respirationRate: 0,
    systolic: 0,
    diastolic: 0,
    spo2: 0,
    temperature: 0,
    glucose: 0,
    skinConductance: 0,
  }
  const keep = Math.exp(-1 / WANDER_S)
  return {
    step(parameters) {
      const target = equilibrium(parameters)
      const body: Record<BodyKey, number> = { ...state }
      for (const key of KEYS) {
        const { lagS, wander: depth } = DYNAMICS[key]
        state[key] += (target[key] - state[key]) * (1 - Math.exp(-1 / lagS))
        wander[key] = wander[key] * keep + depth * Math.sqrt(1 - keep * keep) * random.normal()
        body[key] = Math.max(0, state[key] + wander[key])
      }
      body.spo2 = Math.min(100, body.spo2)
      // the pulse pressure stays a pulse pressure
      body.diastolic = Math.min(body.diastolic, body.systolic - 10 > 0 ? body.systolic - 10 : body.systolic)
      return body
    },
  }
}
