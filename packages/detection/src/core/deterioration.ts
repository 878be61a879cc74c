import type { AlarmPriority } from '@pulsewire/contracts'
import {
  news2,
  news2Exclusion,
  sepsisScreen,
  type News2Exclusion,
  type News2Inputs,
  type News2Parameter,
  type News2Score,
} from '@pulsewire/early-warning'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment, PatientContext } from '../types.ts'
import { ageWords, list, parameterList } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { watchTrends, type TrendsState } from './trends.ts'
import { ECG_RATE, steadyValue, unconfirmed, type VitalMemoryState } from './vital-memory.ts'

/** The score is taken at most so often, event time: vitals come every second, and a patient does not change that fast. */
const EVERY_MS = 5_000
/** A complete score that stays the same is written again so often, so that the series has no holes. */
const WRITE_EVERY_MS = 60_000
/** Values that a sensor reports all the time are scored by their median over the last minute. */
const MEDIAN_OVER_MS = 60_000
/** A reported rate that is older gives way to that of the ECG. */
const REPORTED_RATE_MS = 60_000
/** Measured now and then: one reading by a device alone does not make an emergency. */
const SPOT_VITALS = ['systolic', 'temperature'] as const
/** A score must hold so long before it alarms (not where staff entered it), and be gone so long before it ends. */
const OPEN_AFTER_MS = 30_000
const END_AFTER_MS = 60_000

const NOT_SCORED = 'not-scored'

/** Where the scores stand. Plain data. */
export interface DeteriorationState {
  /** When a complete score was taken last. */
  wholeAtMs?: number | undefined
  written?: { timeMs: number; value: number }
  news2: Hold
  sepsis: Hold
  /** Absent in states of before these were watched. */
  trends?: TrendsState
}
/** How long a score must hold, or be gone. */
interface After {
  readonly openMs: number
  readonly endMs: number
}
interface Hold {
  sinceMs?: number | undefined
  goneSinceMs?: number | undefined
}

export function createDeteriorationState(): DeteriorationState {
  return { news2: {}, sepsis: {}, trends: {} }
}

/** Scores the patient as the vitals stand now. Answers a point of the series `news2`, where there is a new one. */
export function scoreDeterioration(
  state: DeteriorationState,
  memory: VitalMemoryState,
  context: PatientContext,
  byStaff: boolean,
  moment: Moment,
  book: FindingBook,
): { readonly timeMs: number; readonly value: number } | undefined {
  const now = moment.timeMs
  // A score that was whole a moment ago still stands; one that was not may be completed by any message.
  const { wholeAtMs } = state
  if (!byStaff && wholeAtMs !== undefined && now >= wholeAtMs && now - wholeAtMs < EVERY_MS) return undefined
  const inputs = inputsOf(memory, now)
  // What staff measured is not an artifact of a second: it counts at once, either way.
  const after: After = byStaff ? { openMs: 0, endMs: 0 } : { openMs: OPEN_AFTER_MS, endMs: END_AFTER_MS }

  const exclusion = news2Exclusion(context, now)
  // The bounds of the trends are those of adults.
  if (exclusion !== 'under-16') watchTrends((state.trends ??= {}), inputs, moment, book)
  if (exclusion !== undefined) {
    stopScoring(state, exclusion, moment, book)
    return undefined
  }
  book.end('news2', NOT_SCORED, now, moment)

  const options = context.spo2Scale === undefined ? {} : { spo2Scale: context.spo2Scale }
  const score = news2(inputs, now, options)
  const doubted = doubtedReadings(memory, inputs)
  const withoutDoubted = doubted === undefined ? score : news2({ ...inputs, ...doubted.before }, now, options)
  watchNews2(
    state.news2,
    { score, calm: Math.min(score.score, withoutDoubted.score), doubted: doubted?.codes ?? [] },
    after,
    moment,
    book,
  )
  watchSepsis(state.sepsis, score, inputs, after, moment, book)

  state.wholeAtMs = score.complete ? now : undefined
  if (!score.complete) return undefined
  const { written } = state
  if (written !== undefined && written.value === score.score && now - written.timeMs < WRITE_EVERY_MS) return undefined
  state.written = { timeMs: now, value: score.score }
  return state.written
}

/** Says of whom the scores are not taken, instead of being silent about it. */
function stopScoring(state: DeteriorationState, exclusion: News2Exclusion, moment: Moment, book: FindingBook): void {
  for (const type of ['news2', 'sepsis-risk'] as const) book.end(type, undefined, moment.timeMs, moment)
  state.news2 = {}
  state.sepsis = {}
  if (exclusion === 'under-16') {
    for (const code of Object.keys(state.trends ?? {})) book.end('trend', code, moment.timeMs, moment)
    state.trends = {}
  }
  const why = exclusion === 'pregnant' ? 'the patient is pregnant' : 'the patient is under 16'
  const instead = exclusion === 'pregnant' ? 'an obstetric score' : 'a paediatric score'
  book.raise(
    {
      type: 'news2',
      qualifier: NOT_SCORED,
      onset: moment.timeMs,
      confidence: 1,
      quality: 1,
      message: `NEWS2 and the sepsis screen are not taken: ${why}. Use ${instead} and set the patient's limits`,
      evidence: { notScored: exclusion },
    },
    moment,
  )
}

function inputsOf(memory: VitalMemoryState, nowMs: number): News2Inputs {
  const spot = (code: string) => memory.latest[code]
  const smooth = (code: string) => {
    const latest = memory.latest[code]
    if (latest === undefined) return undefined
    const value = steadyValue(memory, code, latest.timeMs - MEDIAN_OVER_MS, nowMs) ?? latest.value
    return { value, timeMs: latest.timeMs }
  }
  const [pulseRate, heartRate] = [smooth('pulseRate'), smooth('heartRate')]
  const reported = (heartRate?.timeMs ?? 0) > (pulseRate?.timeMs ?? 0) ? heartRate : pulseRate
  const isCurrent = reported !== undefined && nowMs - reported.timeMs <= REPORTED_RATE_MS
  const pulse = isCurrent ? reported : (smooth(ECG_RATE) ?? reported)
  return dropUndefined({
    respirationRate: smooth('respirationRate'),
    spo2: smooth('spo2'),
    supplementalOxygen: spot('supplementalOxygen'),
    systolic: spot('systolic'),
    pulse,
    consciousness: memory.consciousness,
    temperature: spot('temperature'),
  })
}

/** What a device measured once and nothing confirms yet, with the readings before. */
function doubtedReadings(
  memory: VitalMemoryState,
  inputs: News2Inputs,
): { readonly codes: readonly string[]; readonly before: News2Inputs } | undefined {
  const codes = SPOT_VITALS.filter((code) => inputs[code] !== undefined && unconfirmed(memory, code) !== undefined)
  if (codes.length === 0) return undefined
  return { codes, before: dropUndefined(Object.fromEntries(codes.map((code) => [code, unconfirmed(memory, code)]))) }
}

function dropUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

interface Scored {
  readonly score: News2Score
  /** The sum without what may be an artifact. */
  readonly calm: number
  readonly doubted: readonly string[]
}

function watchNews2(hold: Hold, scored: Scored, after: After, moment: Moment, book: FindingBook): void {
  const { score, calm, doubted } = scored
  const isEmergency = score.score >= 7 && calm >= 7
  const priority: AlarmPriority | undefined = isEmergency
    ? ALARM_RULES.news2.priority
    : score.score >= 5 || score.singleThree
      ? 'medium'
      : undefined
  const sinceMs = holds(hold, priority !== undefined, after, moment, () =>
    book.end('news2', undefined, moment.timeMs, moment),
  )
  if (sinceMs === undefined || priority === undefined) return
  const unknown = [...score.missing, ...score.stale]
  const aged = (name: News2Parameter): string => {
    const ageMs = score.staleAgeMs[name]
    return parameterList([name]) + (ageMs === undefined ? '' : ` (last ${ageWords(ageMs)} ago)`)
  }
  const sum = unknown.length > 0 ? `at least ${score.score}` : `${score.score}`
  const threes = Object.entries(score.points).filter(([, points]) => points === 3)
  const reason = score.singleThree ? `, ${parameterList(threes.map(([name]) => name))} alone 3` : ''
  const lacking = unknown.length > 0 ? `; not known: ${list(unknown.map(aged))}, enter them` : ''
  const again = score.score >= 7 && !isEmergency ? `, measure ${parameterList(doubted)} again` : ''
  const action = isEmergency ? 'emergency review now' : `urgent review${again}`
  book.raise(
    {
      type: 'news2',
      onset: sinceMs,
      confidence: score.complete ? 1 : 0.8,
      quality: 1,
      priority,
      message: `NEWS2 ${sum}${reason}: ${action}${lacking}`,
      evidence: {
        score: score.score,
        complete: score.complete,
        points: { ...score.points },
        missing: [...score.missing],
        stale: [...score.stale],
        // By the minute, so that an age alone does not write the finding again all the time.
        staleForMin: Object.fromEntries(
          Object.entries(score.staleAgeMs).map(([name, ageMs]) => [name, Math.floor(ageMs / 60_000)]),
        ),
        spo2Scale: score.spo2Scale,
      },
    },
    moment,
  )
}

/** Possible infection with organ dysfunction: a screen, not a diagnosis (see `sepsisScreen`). */
function watchSepsis(
  hold: Hold,
  score: News2Score,
  inputs: News2Inputs,
  after: After,
  moment: Moment,
  book: FindingBook,
): void {
  const { risk, sirs, qsofa, unknown } = sepsisScreen(inputs, score)
  const { temperature } = inputs
  const end = (): void => book.end('sepsis-risk', undefined, moment.timeMs, moment)
  const sinceMs = holds(hold, risk, after, moment, end)
  if (sinceMs === undefined || !risk) return
  const lacking = unknown.length > 0 ? `, not known: ${parameterList(unknown)}` : ''
  book.raise(
    {
      type: 'sepsis-risk',
      onset: sinceMs,
      confidence: qsofa >= 2 ? 0.7 : 0.5,
      quality: 1,
      priority: ALARM_RULES['sepsis-risk'].priority,
      message: `Possible sepsis: NEWS2 ${score.score}, temperature ${temperature?.value.toFixed(1)} °C, SIRS ${sirs}, qSOFA ${qsofa}${lacking}: call the physician`,
      evidence: { news2: score.score, temperature: temperature?.value ?? null, sirs, qsofa, unknown: [...unknown] },
    },
    moment,
  )
}

/** Since when a condition has held, once it has held long enough; calls `end` once it has been gone long enough. */
function holds(hold: Hold, now: boolean, after: After, moment: Moment, end: () => void): number | undefined {
  if (now) {
    hold.sinceMs ??= moment.timeMs
    hold.goneSinceMs = undefined
    return moment.timeMs - hold.sinceMs >= after.openMs ? hold.sinceMs : undefined
  }
  if (hold.sinceMs === undefined) return undefined
  hold.goneSinceMs ??= moment.timeMs
  if (moment.timeMs - hold.goneSinceMs >= after.endMs) {
    end()
    hold.sinceMs = undefined
    hold.goneSinceMs = undefined
  }
  return undefined
}
