import { injuryOf, type Site } from './injury.ts'
import type { StCase } from './st-model.ts'

/** What happens to a modelled patient, lead by lead. */
export interface Course {
  readonly title: string
  /** The priority with which it must ring; absent: it is no attack, and nothing may ring with high priority. */
  readonly attack?: 'high' | 'medium'
  readonly leads: readonly string[]
  /** Signal-to-noise ratio (`nst`), dB. */
  readonly snrDb: number
  /** What the lead is like from the start. */
  readonly rest?: (lead: string) => Partial<StCase>
  /** What is different `afterS` seconds after the onset (negative: before). */
  readonly change: (lead: string, afterS: number) => Partial<StCase>
}

const SEVEN = ['I', 'II', 'III', 'aVF', 'V2', 'V3', 'V4']
const TWELVE = ['I', 'II', 'III', 'aVR', 'aVL', 'aVF', 'V1', 'V2', 'V3', 'V4', 'V5', 'V6']
const RISE_S = 60
const LIFT_MV = 0.3
/** Of a healthy heart: R minus what points down, mV. */
const R_MV: Readonly<Record<string, number>> = {
  I: 0.7, II: 1, III: 0.5, aVR: -0.8, aVL: 0.4, aVF: 0.7, V1: -0.8, V2: -1, V3: 0.8, V4: 1.4, V5: 1.4, V6: 1.1,
} // prettier-ignore
const T_MV: Readonly<Record<string, number>> = { III: 0.12, aVR: -0.25, aVL: 0.1, V1: 0.1, V2: 0.45, V3: 0.45 }

export const normalLead = (lead: string): Pick<StCase, 'rMv' | 'tMv'> => ({
  rMv: R_MV[lead] ?? 1,
  tMv: T_MV[lead] ?? 0.25,
})

const risen = (afterS: number, overS = RISE_S): number => Math.min(1, Math.max(0, afterS / overS))
/** The J point of the wall rises by 0.3 mV within a minute, and the segment goes up with T. */
const occlusion =
  (site: Site, liftMv = LIFT_MV) =>
  (lead: string, afterS: number): Partial<StCase> => ({ stMv: liftMv * injuryOf(site, lead) * risen(afterS) })
/** A left bundle branch block: broad, ST and T against the complex. */
const block = (lead: string): Partial<StCase> => {
  const rMv = 1.4 * (R_MV[lead] ?? 1)
  return { qrsMs: 150, rMv, stMv: -0.1 * rMv, tMv: -0.3 * rMv }
}
const when = <T extends object>(condition: boolean, what: T): T | Record<string, never> => (condition ? what : {})

export const COURSES = {
  anterior: { title: 'anterior occlusion', attack: 'high', leads: SEVEN, snrDb: 25, change: occlusion('anterior') },
  inferior: {
    title: 'inferior occlusion',
    attack: 'high',
    leads: SEVEN,
    snrDb: 25,
    change: occlusion('inferior', 0.5),
  },
  lateral: { title: 'lateral occlusion', attack: 'high', leads: TWELVE, snrDb: 25, change: occlusion('lateral') },
  posterior: {
    title: 'posterior occlusion (V7 to V9 are not there)',
    attack: 'medium',
    leads: TWELVE,
    snrDb: 25,
    change: occlusion('posterior'),
  },
  'three-leads': {
    title: 'inferior occlusion, leads I, II, III',
    attack: 'high',
    leads: ['I', 'II', 'III'],
    snrDb: 25,
    change: occlusion('inferior', 0.5),
  },
  noisy: {
    title: 'anterior occlusion at 15 dB',
    attack: 'high',
    leads: SEVEN,
    snrDb: 15,
    change: occlusion('anterior'),
  },
  fibrillating: {
    title: 'anterior occlusion in atrial fibrillation',
    attack: 'high',
    leads: SEVEN,
    snrDb: 25,
    rest: () => ({ pMv: 0, irregular: 0.2, heartRate: 95 }),
    change: occlusion('anterior'),
  },
  'in-block': {
    title: 'anterior occlusion in left bundle branch block',
    attack: 'high',
    leads: SEVEN,
    snrDb: 25,
    rest: block,
    change: (lead, afterS) => ({
      stMv: (block(lead).stMv ?? 0) + LIFT_MV * injuryOf('anterior', lead) * risen(afterS),
    }),
  },
  posture: {
    title: 'posture: complexes by a fifth, ST by 40 µV at once',
    leads: SEVEN,
    snrDb: 25,
    change: (lead, afterS) => when(afterS > 0, { stMv: 0.04, rMv: 0.8 * normalLead(lead).rMv }),
  },
  turn: {
    title: 'a turn: complexes by a third, ST by 150 µV at once',
    leads: SEVEN,
    snrDb: 25,
    change: (lead, afterS) => when(afterS > 0, { stMv: lead === 'I' ? -0.1 : 0.15, rMv: 0.67 * normalLead(lead).rMv }),
  },
  depression: {
    title: 'all leads down by 60 µV within a minute',
    leads: SEVEN,
    snrDb: 25,
    change: (_, afterS) => ({ stMv: -0.06 * risen(afterS) }),
  },
  exercise: {
    title: 'exercise: 70 to 135 /min, J down by 0.12 mV and rising steeply',
    leads: SEVEN,
    snrDb: 20,
    change: (_, afterS) => ({
      heartRate: 70 + 65 * risen(afterS, 120),
      stMv: -0.12 * risen(afterS, 120),
      slope: 1.8 * risen(afterS, 120),
    }),
  },
  't-waves': {
    title: 'T waves that grow by 0.4 mV',
    leads: SEVEN,
    snrDb: 25,
    change: (lead, afterS) => ({ tMv: normalLead(lead).tMv + 0.4 * risen(afterS) }),
  },
  reversal: {
    title: 'electrodes that change places: every lead upside down',
    leads: SEVEN,
    snrDb: 25,
    rest: () => ({ stMv: -0.08 }),
    change: (lead, afterS) =>
      when(afterS > 0, { stMv: 0.08, rMv: -normalLead(lead).rMv, tMv: -normalLead(lead).tMv, pMv: -0.12 }),
  },
  'new-block': {
    title: 'a left bundle branch block that begins',
    leads: SEVEN,
    snrDb: 25,
    change: (lead, afterS) => when(afterS > 0, block(lead)),
  },
  block: {
    title: 'left bundle branch block all the time',
    leads: SEVEN,
    snrDb: 20,
    rest: block,
    change: () => ({}),
  },
} as const satisfies Record<string, Course>
export type CourseName = keyof typeof COURSES
export const COURSE_NAMES = Object.keys(COURSES).filter((name): name is CourseName => name in COURSES)
