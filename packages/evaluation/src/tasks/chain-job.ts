import { readAnnotations, type Annotation, type WfdbRecord } from '@pulsewire/wfdb'
import { lengthOf, openRecord, type RecordRef } from '../sources/databases.ts'
import { readChallengeAlarms } from '../sources/labels.ts'
import { fibrillationSpans, NORMAL_LABEL, rhythmSpans, spansOf } from '../sources/rhythm-labels.ts'
import { withMishap, type Mishap } from '../model/mishaps.ts'
import { excerptOf, type Excerpt } from '../run/excerpt.ts'
import { pulseWindows, type PulseWindow } from '../score/pulse-agreement.ts'
import { coursesOf, runChain, type FindingCourse } from '../run/whole-chain.ts'
import { overlap, referenceEvents, type LethalRhythm, type ReferenceEvent } from '../score/reference-events.ts'
import { lengthS as sumS, overlapS, type Span } from '../score/spans.ts'

/** A record with all its leads through the whole chain; what rings with high priority is judged. */
export interface ChainJob {
  readonly kind: 'chain'
  readonly ref: RecordRef
  readonly dataDirectory: string
  /** What to do to the record besides, to see what rings then. */
  readonly mishaps: readonly Mishap[]
}

export interface Ring {
  readonly type: string
  readonly fromS: number
  readonly rangS: number
  readonly toS: number
  readonly message: string
  /** Proven by the reference; absent where the reference cannot prove anything at that time. */
  readonly isTrue?: boolean
  /** Rang in a stretch that the reference calls normal. */
  readonly inNormal: boolean
  /** The episode before rang as well, and was over for less than a minute. */
  readonly comesBack: boolean
}

/** Fibrillation by the reference, and how long after its onset something rang (absent = nothing did). */
export interface FibrillationAlarm {
  readonly fromS: number
  readonly toS: number
  readonly afterS?: number
  readonly exact: boolean
}

export interface ChainScore {
  readonly kind: 'chain'
  readonly ref: RecordRef
  readonly lengthS: number
  readonly normalS: number
  readonly rings: readonly Ring[]
  /** What rings where something happens to the wearable. */
  readonly mishaps: Readonly<Partial<Record<Mishap, readonly Ring[]>>>
  readonly fibrillation: readonly FibrillationAlarm[]
  /** Tachycardia, flutter and fibrillation of the ventricles by rhythm labels (vfdb), as one: what a defibrillator would treat. */
  readonly shockable: readonly FibrillationAlarm[]
  /** Events by reference beats, and those that nothing rang for. */
  readonly events: readonly ReferenceEvent[]
  readonly missed: readonly ReferenceEvent[]
  /** challenge-2015. */
  readonly alarm?: { readonly type: string; readonly isTrue: boolean; readonly kept: boolean }
  /** Rates by the pulse and by the ECG, of records with a pulse or pressure wave. */
  readonly pulse: readonly PulseWindow[]
  readonly excerpts: readonly Excerpt[]
}

/** A finding speaks of an event that lies between so long before its onset and its alarm. */
const BEFORE_S = 5
const ALARM_AT_S = 300
/** The event of a challenge alarm begins within so long before it. */
const ALARM_WINDOW_S = 10
const SHORTEST_FIBRILLATION_S = 8
const SHOCKABLE_LABELS = ['VT', 'VF', 'VFIB', 'VFL'] as const
const ONE_EPISODE_S = 1
const PROVES: Readonly<Record<string, readonly LethalRhythm[]>> = {
  asystole: ['asystole'],
  'extreme-bradycardia': ['extreme-bradycardia', 'asystole'],
  'extreme-tachycardia': ['extreme-tachycardia', 'ventricular-tachycardia', 'ventricular-fibrillation'],
  'ventricular-tachycardia': ['ventricular-tachycardia', 'ventricular-fibrillation'],
  'ventricular-fibrillation': ['ventricular-fibrillation', 'ventricular-tachycardia'],
}
/** What rings for an event, by whatever right name. */
const RINGS_FOR: Readonly<Record<LethalRhythm, readonly string[]>> = {
  asystole: ['asystole', 'extreme-bradycardia'],
  'extreme-bradycardia': ['extreme-bradycardia', 'asystole'],
  'extreme-tachycardia': ['extreme-tachycardia', 'ventricular-tachycardia'],
  'ventricular-tachycardia': ['ventricular-tachycardia', 'ventricular-fibrillation', 'extreme-tachycardia'],
  'ventricular-fibrillation': ['ventricular-fibrillation', 'ventricular-tachycardia'],
}
const FIBRILLATION_RINGS: readonly string[] = [
  'ventricular-fibrillation',
  'ventricular-tachycardia',
  'extreme-tachycardia',
  'asystole',
]
/** The five kinds of alarm of the challenge. */
export const CHALLENGE_ALARMS = [
  'Asystole',
  'Bradycardia',
  'Tachycardia',
  'Ventricular_Flutter_Fib',
  'Ventricular_Tachycardia',
] as const
/** The findings that keep them. */
const KEEPS: Readonly<Record<string, readonly string[]>> = {
  Asystole: ['asystole'],
  Bradycardia: ['extreme-bradycardia', 'asystole'],
  Tachycardia: ['extreme-tachycardia', 'ventricular-tachycardia'],
  Ventricular_Tachycardia: ['ventricular-tachycardia', 'ventricular-fibrillation'],
  Ventricular_Flutter_Fib: ['ventricular-fibrillation'],
}
const VENTRICULAR_RINGS: readonly string[] = ['ventricular-tachycardia', 'ventricular-fibrillation']
const COME_BACK_S = 60
const WITH_FIBRILLATION: ReadonlySet<string> = new Set(['mitdb', 'vfdb', 'cudb'])
const WITH_BEATS: ReadonlySet<string> = new Set(['mitdb', 'cpsc2021'])
/** Labels in which an alarm of high priority may be right, though no beats prove it. */
const GRAVE_LABELS = ['VT', 'VF', 'VFIB', 'VFL', 'ASYS', 'HGEA', 'VER', 'IVR', 'SVTA', 'SBR'] as const
const STRIP_BEFORE_S = 12
const MAX_STRIPS = 2

export async function runChainJob({ ref, dataDirectory, mishaps }: ChainJob): Promise<ChainScore> {
  const { database, path } = ref
  const isChallenge = database === 'challenge-2015'
  const record = await openRecord(ref, isChallenge ? { toS: ALARM_AT_S } : {})
  const { rateHz } = record
  const lengthS = lengthOf(record)
  const { findings, beats } = runChain(record)
  const courses = coursesOf(findings)
  const annotated = database === 'mitdb' || database === 'vfdb' || database === 'cpsc2021'
  const annotations = annotated ? await readAnnotations(path, 'atr') : []
  const events = WITH_BEATS.has(database) ? referenceEvents(annotations, rateHz) : []
  const normal = normalSpans(ref, record, annotations, lengthS)
  const grave = database === 'vfdb' ? spansOf(rhythmSpans(annotations, rateHz, lengthS), ...GRAVE_LABELS) : []
  const truth = { events, normal, grave, hasBeats: WITH_BEATS.has(database) }
  const ringsOf = (of: readonly FindingCourse[]): Ring[] => withComeBacks(of.flatMap((course) => ringOf(course, truth)))
  const rings = ringsOf(courses)
  const ringsWith = (mishap: Mishap): Ring[] => {
    const { record: changed, ...options } = withMishap(record, mishap)
    return ringsOf(coursesOf(runChain(changed, options).findings))
  }
  const fibrillation = WITH_FIBRILLATION.has(database) ? await fibrillationSpans(ref, rateHz, lengthS) : undefined
  const alarm = isChallenge ? (await readChallengeAlarms(dataDirectory)).get(ref.name) : undefined
  const kept = alarm !== undefined && courses.some((course) => keeps(course, alarm.type))
  return {
    kind: 'chain',
    ref,
    lengthS,
    normalS: sumS(normal),
    rings,
    mishaps: Object.fromEntries(mishaps.map((mishap) => [mishap, ringsWith(mishap)])),
    fibrillation: (fibrillation?.spans ?? [])
      .filter(({ fromS, toS }) => toS - fromS >= SHORTEST_FIBRILLATION_S)
      .map((span) => ({ ...span, ...ringAfter(span, rings), exact: fibrillation?.exact ?? true })),
    shockable: joined(
      database === 'vfdb' ? spansOf(rhythmSpans(annotations, rateHz, lengthS), ...SHOCKABLE_LABELS) : [],
    )
      .filter(({ fromS, toS }) => toS - fromS >= SHORTEST_FIBRILLATION_S)
      .map((span) => ({ ...span, ...ringAfter(span, rings), exact: true })),
    events,
    missed: events.filter(
      (event) =>
        !rings.some(
          ({ type, fromS, toS }) =>
            RINGS_FOR[event.type].includes(type) && overlap(event, { fromS: fromS - BEFORE_S, toS }),
        ),
    ),
    ...(alarm === undefined ? {} : { alarm: { ...alarm, kept } }),
    pulse: pulseWindows(record, beats),
    excerpts: excerptsOf(record, ref, {
      rings,
      events,
      courses,
      alarm: alarm === undefined ? undefined : { ...alarm, kept },
    }),
  }
}

/** Spans that follow each other closely are one. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromS - b.fromS)) {
    const last = result.at(-1)
    if (last !== undefined && span.fromS - last.toS < ONE_EPISODE_S) {
      result[result.length - 1] = { fromS: last.fromS, toS: Math.max(last.toS, span.toS) }
    } else result.push(span)
  }
  return result
}

function normalSpans(ref: RecordRef, record: WfdbRecord, annotations: readonly Annotation[], lengthS: number): Span[] {
  const labelled = spansOf(rhythmSpans(annotations, record.rateHz, lengthS), NORMAL_LABEL)
  if (ref.database !== 'cpsc2021') return labelled
  const isWithout = record.comments.some((comment) => comment.startsWith('non atrial fibrillation'))
  return isWithout ? [{ fromS: 0, toS: lengthS }] : labelled
}

interface Truth {
  readonly events: readonly ReferenceEvent[]
  readonly normal: readonly Span[]
  readonly grave: readonly Span[]
  readonly hasBeats: boolean
}

function ringOf(course: FindingCourse, { events, normal, grave, hasBeats }: Truth): Omit<Ring, 'comesBack'>[] {
  const { type, fromS, toS, highFromS: rangS, message } = course
  if (rangS === undefined) return []
  const told = { fromS: fromS - BEFORE_S, toS: rangS }
  const proof = PROVES[type] ?? []
  const proven = hasBeats && events.some((event) => proof.includes(event.type) && overlap(event, told))
  const isGrave = grave.some((span) => overlapS(span, { fromS: told.fromS, toS: rangS + BEFORE_S }) > 0)
  const inNormal = normal.some((span) => span.fromS <= rangS && rangS <= span.toS) && !isGrave
  return [{ type, fromS, toS, rangS, message, inNormal, ...(hasBeats ? { isTrue: proven } : {}) }]
}

/**
 * What rings again within a minute of its end is the same alarm: it still waits for somebody (an alarm of high priority latches, and is
 * escalated after a minute), or somebody is with the patient. Ventricular tachycardia and fibrillation are one.
 */
export function withComeBacks<R extends Pick<Ring, 'type' | 'rangS' | 'toS'>>(
  rings: readonly R[],
): (R & Pick<Ring, 'comesBack'>)[] {
  const overS = new Map<string, number>()
  return rings
    .toSorted((a, b) => a.rangS - b.rangS)
    .map((ring) => {
      const kind = VENTRICULAR_RINGS.includes(ring.type) ? 'ventricular' : ring.type
      const before = overS.get(kind) ?? -Infinity
      overS.set(kind, Math.max(before, ring.toS, ring.rangS))
      return { ...ring, comesBack: ring.rangS - before < COME_BACK_S }
    })
}

/** A ring that began at most so long before the onset, and went on, is one for it. */
function ringAfter(span: Span, rings: readonly Ring[]): { readonly afterS?: number } {
  const times = rings
    .filter(
      ({ type, toS, rangS }) => FIBRILLATION_RINGS.includes(type) && rangS <= span.toS + BEFORE_S && toS >= span.fromS,
    )
    .map(({ rangS }) => Math.max(0, rangS - span.fromS))
  return times.length === 0 ? {} : { afterS: Math.min(...times) }
}

/** Nothing of the record after the alarm is known, so that what was found by then counts. */
function keeps({ type, highFromS, fromS, toS, isOpen }: FindingCourse, alarm: string): boolean {
  if (highFromS === undefined || KEEPS[alarm]?.includes(type) !== true) return false
  return fromS <= ALARM_AT_S && (isOpen || toS >= ALARM_AT_S - ALARM_WINDOW_S)
}

function excerptsOf(
  record: WfdbRecord,
  ref: RecordRef,
  {
    rings,
    events,
    courses,
    alarm,
  }: {
    rings: readonly Ring[]
    events: readonly ReferenceEvent[]
    courses: readonly FindingCourse[]
    alarm: ChainScore['alarm'] | undefined
  },
): Excerpt[] {
  const title = `${ref.database}/${ref.name}`
  const reference = events.map(({ type, fromS, toS }) => ({ atS: fromS, toS, text: type }))
  const found = courses
    .filter(({ type }) => type !== 'signal-quality' && type !== 'tachycardia' && type !== 'bradycardia')
    .map(({ type, fromS, toS, highFromS }) => ({
      atS: fromS,
      toS,
      text: `${type}${highFromS === undefined ? '' : ' (high)'}`,
    }))
  if (alarm !== undefined) {
    if (alarm.kept === alarm.isTrue) return []
    const strip = { fromS: ALARM_AT_S - STRIP_BEFORE_S, toS: ALARM_AT_S, errorsS: [ALARM_AT_S - 0.01] }
    const text = `${alarm.type}, ${alarm.isTrue ? 'true, not kept' : 'false, kept'}`
    return [
      excerptOf(
        record,
        { ...strip, title: `${title}: ${text}` },
        [{ atS: ALARM_AT_S - 0.01, text: alarm.type }],
        found,
      ),
    ]
  }
  return rings
    .filter(({ isTrue, inNormal }) => isTrue === false || (isTrue === undefined && inNormal))
    .slice(0, MAX_STRIPS)
    .map(({ type, rangS }) => {
      const strip = { fromS: Math.max(0, rangS - STRIP_BEFORE_S), toS: rangS + 2, errorsS: [rangS] }
      return excerptOf(record, { ...strip, title: `${title}: false ${type}` }, reference, found)
    })
}
