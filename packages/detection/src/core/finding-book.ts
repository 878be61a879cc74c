import { findingId, type Finding, type FindingType } from '@pulsewire/contracts'
import { ALARM_RULES } from '../priorities.ts'
import type { FindingStatement, Moment } from '../types.ts'

/** Evidence that changes all the time is written again at most so often, event time. */
const UPDATE_EVERY_MS = 10_000

interface OpenFinding {
  finding: Finding
  writtenAtMs: number
}

/** The findings that are open. Plain data. */
export interface FindingBookState {
  open: Record<string, OpenFinding>
}

export function createFindingBookState(): FindingBookState {
  return { open: {} }
}

/** Turns what the analyses state into finding records: opened once, updated when something changed, ended once. */
export interface FindingBook {
  /** States that a condition holds: opens it, or updates what is open. */
  raise(statement: FindingStatement, moment: Moment): void
  /** The condition is over since `endMs`. No effect where it is not open. */
  end(type: FindingType, qualifier: string | undefined, endMs: number, moment: Moment): void
  /** What is open and was old becomes current once current data of its device still does not end it. */
  refresh(moment: Moment): void
  get(type: FindingType, qualifier?: string): Finding | undefined
  /** All open findings. */
  all(): Finding[]
  /** The records since the last call. */
  drain(): Finding[]
}

export function createFindingBook(
  patient: string,
  state: FindingBookState,
  /** The log position of the message in which `onset` lies. */
  positionOf: (device: string, onsetMs: number) => string | undefined = () => undefined,
): FindingBook {
  let written: Finding[] = []

  const write = (key: string, finding: Finding, atMs: number): void => {
    state.open[key] = { finding, writtenAtMs: atMs }
    written.push(finding)
  }

  return {
    raise: (statement, moment) => {
      const key = keyOf(statement.type, statement.qualifier)
      const open = state.open[key]
      const finding = toFinding(patient, statement, moment, open?.finding, positionOf)
      if (open === undefined) return write(key, finding, moment.timeMs)
      const urgent = open.finding.priority !== finding.priority || open.finding.late !== finding.late
      const due = statement.atOnce === true || moment.timeMs - open.writtenAtMs >= UPDATE_EVERY_MS
      if (urgent || (due && contentOf(open.finding) !== contentOf(finding))) write(key, finding, moment.timeMs)
    },
    end: (type, qualifier, endMs, moment) => {
      // Said of each lead and device again and again, nearly always of nothing.
      if (isEmpty(state)) return
      const key = keyOf(type, qualifier)
      const open = state.open[key]
      if (open === undefined) return
      delete state.open[key]
      written.push({
        ...open.finding,
        status: 'ended',
        end: Math.max(Math.round(endMs), open.finding.onset),
        seenUntil: Math.max(Math.round(moment.timeMs), open.finding.seenUntil),
        late: moment.late,
        ...positionsOf(open.finding.positions?.[0] ?? moment.position, moment.position),
      })
    },
    refresh: (moment) => {
      if (moment.late || isEmpty(state)) return
      for (const [key, open] of Object.entries(state.open)) {
        const { finding } = open
        if (!finding.late || (finding.device ?? moment.device) !== moment.device) continue
        write(key, { ...finding, late: false, seenUntil: Math.round(moment.timeMs) }, moment.timeMs)
      }
    },
    get: (type, qualifier) => state.open[keyOf(type, qualifier)]?.finding,
    all: () => Object.values(state.open).map(({ finding }) => finding),
    drain: () => {
      const drained = written
      written = []
      return drained
    },
  }
}

function isEmpty({ open }: FindingBookState): boolean {
  for (const _key in open) return false
  return true
}

function keyOf(type: FindingType, qualifier: string | undefined): string {
  return qualifier === undefined ? type : `${type}/${qualifier}`
}

/** What makes a difference to a reader. */
function contentOf(finding: Finding): string {
  return JSON.stringify([finding.message, finding.evidence, finding.confidence, finding.quality])
}

function positionsOf(first: string, last: string): { positions: string[] } {
  return { positions: first === last ? [first] : [first, last] }
}

function toFinding(
  patient: string,
  statement: FindingStatement,
  moment: Moment,
  open: Finding | undefined,
  positionOf: (device: string, onsetMs: number) => string | undefined,
): Finding {
  // The onset names the finding: it stays what it was when it opened.
  const onset = open?.onset ?? Math.round(statement.onset)
  const first = open?.positions?.[0] ?? positionOf(moment.device, onset) ?? moment.position
  return {
    id: open?.id ?? findingId(patient, statement.type, onset, statement.qualifier),
    type: statement.type,
    patient,
    ...(statement.device === undefined ? {} : { device: statement.device }),
    status: 'open',
    onset,
    seenUntil: Math.round(moment.timeMs),
    late: moment.late,
    confidence: clamp(statement.confidence),
    quality: clamp(statement.quality),
    ...(statement.priority === undefined ? {} : { priority: statement.priority }),
    message: statement.message.slice(0, 500),
    evidence: statement.evidence,
    rule: { name: statement.type, version: ALARM_RULES[statement.type].version },
    ...(statement.code === undefined ? {} : { code: statement.code }),
    ...(statement.side === undefined ? {} : { side: statement.side }),
    ...positionsOf(first, moment.position),
  }
}

function clamp(fraction: number): number {
  return Math.round(Math.min(1, Math.max(0, fraction)) * 1000) / 1000
}
