import { COURSES, normalLead, type Course, type CourseName } from '../model/courses.ts'
import { stSignal, withStNoise } from '../model/st-model.ts'
import { coursesOf, FIRST_SAMPLE_MS, runChain } from '../run/whole-chain.ts'

/** A modelled patient, seen by the whole chain: an occlusion, or something that is none. */
export interface CourseJob {
  readonly kind: 'course'
  readonly course: CourseName
  readonly seed: number
}

export interface CourseResult {
  readonly kind: 'course'
  readonly course: CourseName
  readonly seed: number
  /** Seconds from the onset to a possible heart attack of high priority, or of any that rings; absent = none. */
  readonly highAfterS?: number
  readonly mediumAfterS?: number
  /** What else was said of the ST segment that rings: `st-episode` or a possible attack of medium priority. */
  readonly others: number
}

const RATE_HZ = 250
const ONSET_S = 90
const COURSE_S = 270

export function runCourse({ course, seed }: CourseJob): CourseResult {
  const { leads, snrDb, change, rest }: Course = COURSES[course]
  const signals = leads.map((name) => {
    const base = { ...normalLead(name), ...rest?.(name) }
    // One rhythm for all leads, each with noise of its own.
    const heart = { seed: `course ${seed}`, heartRate: 68 + (seed % 5) * 3, slope: 0, qrsMs: 88, stMv: 0, ...base }
    const changeAt = (second: number): ReturnType<Course['change']> => change(name, second - ONSET_S)
    const { samplesMv, beats } = stSignal(heart, COURSE_S, RATE_HZ, undefined, changeAt)
    return { name, samples: withStNoise(samplesMv, beats, `course ${seed} ${name}`, snrDb, RATE_HZ) }
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
  const ringing = findings.filter(({ priority }) => priority !== undefined)
  const first = ringing.find(({ type }) => type === 'myocardial-infarction')
  const rings = new Set(
    ringing.filter(({ type }) => type === 'st-episode' || type === 'myocardial-infarction').map(({ id }) => id),
  )
  return {
    kind: 'course',
    course,
    seed,
    ...(attack?.highFromS === undefined ? {} : { highAfterS: attack.highFromS - ONSET_S }),
    ...(first === undefined ? {} : { mediumAfterS: (first.seenUntil - FIRST_SAMPLE_MS) / 1000 - ONSET_S }),
    others: rings.size - (attack === undefined ? 0 : 1),
  }
}
