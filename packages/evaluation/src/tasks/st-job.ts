import { ST_EVERY_S } from '@pulsewire/ecg'
import { coursesOf, runChain } from '../run/whole-chain.ts'
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

/** A modelled patient with four leads: an occlusion, or something that is none. */
export interface CourseJob {
  readonly kind: 'course'
  readonly course: (typeof COURSES)[number]
  readonly seed: number
}

/**
 * `anterior`, `inferior`: the J point of the wall's leads rises by 0.3 mV within a minute (reciprocal leads fall); `posture`: complexes change
 * by a fifth and the segment by 40 µV at once; `depression`: all leads fall by 60 µV within a minute, as a faster rate may bring it.
 */
export const COURSES = ['anterior', 'inferior', 'posture', 'depression'] as const

export interface CourseResult {
  readonly kind: 'course'
  readonly course: CourseJob['course']
  readonly seed: number
  /** Seconds from the onset of the rise to a possible heart attack of high priority; absent = none. */
  readonly highAfterS?: number
}

const ONSET_S = 90
const COURSE_S = 300
const LEADS = ['I', 'II', 'III', 'aVF', 'V2', 'V3', 'V4'] as const
const WALL: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  anterior: { V2: 1, V3: 1.1, V4: 0.8, III: -0.3, aVF: -0.25, I: 0.2, II: -0.1 },
  inferior: { II: 1, III: 1.2, aVF: 1.1, I: -0.4, V2: -0.4, V3: -0.2, V4: 0 },
}
const RISE_MV = 0.3

export function runCourse({ course, seed }: CourseJob): CourseResult {
  const length = COURSE_S * RATE_HZ
  const signals = LEADS.map((name, i) => {
    const base = { seed: `course ${seed} ${name}`, heartRate: 68 + (seed % 5) * 3, slope: 0, rMv: 0.7 + 0.1 * i, qrsMs: 88, tMv: 0.25 } // prettier-ignore
    // One rhythm for all leads: the interval's variation comes of the seed of the case.
    const shared = `course ${seed}`
    const at = (stMv: number, change: Partial<StCase> = {}): Float64Array =>
      stSignal({ ...base, ...change, stMv, seed: shared }, COURSE_S, RATE_HZ, 25).samplesMv
    return { name, samples: mix(at, course, name, base.rMv, length) }
  })
  const { findings } = runChain({
    name: course,
    rateHz: RATE_HZ,
    fromSample: 0,
    comments: [],
    signals: signals.map(({ name, samples }) => ({
      name,
      unit: 'mV',
      gainPerUnit: 1000,
      baseline: 0,
      samples: Int16Array.from(samples, (value) => Math.round(1000 * value)),
    })),
  })
  const attack = coursesOf(findings).find(
    ({ type, highFromS }) => type === 'myocardial-infarction' && highFromS !== undefined,
  )
  const highAfterS = attack?.highFromS === undefined ? undefined : attack.highFromS - ONSET_S
  return { kind: 'course', course, seed, ...(highAfterS === undefined ? {} : { highAfterS }) }
}

/** Before the onset as at rest, then over a minute (posture: at once) what the course does. */
function mix(
  at: (stMv: number, change?: Partial<StCase>) => Float64Array,
  course: CourseJob['course'],
  lead: string,
  rMv: number,
  length: number,
): Float64Array {
  const rest = at(0)
  const wall = WALL[course]
  const changed =
    wall !== undefined
      ? at(RISE_MV * (wall[lead] ?? 0))
      : course === 'posture'
        ? at(0.04, { rMv: rMv * 0.8 })
        : at(-0.06)
  const riseS = course === 'posture' ? 0.5 : 60
  return Float64Array.from({ length }, (_, i) => {
    const part = Math.min(1, Math.max(0, (i / RATE_HZ - ONSET_S) / riseS))
    return (rest[i] ?? 0) * (1 - part) + (changed[i] ?? 0) * part
  })
}
