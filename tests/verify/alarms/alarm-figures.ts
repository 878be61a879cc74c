import { createRecordSource } from '@pulsewire/replay'
import { readAnnotations, readRecord } from '@pulsewire/wfdb'
import { overlap, referenceEvents, type LethalRhythm, type ReferenceEvent } from './reference-rhythms.ts'
import { sourceThroughMonitor } from './source-through-monitor.ts'

/** A finding that rang with high priority, seconds since the start of the record. */
export interface HighFinding {
  readonly type: string
  readonly fromS: number
  /** When it first was of high priority. */
  readonly rangS: number
  readonly toS: number
  readonly message: string
  readonly isTrue: boolean
}

export interface AlarmFigures {
  readonly record: string
  readonly hours: number
  readonly findings: readonly HighFinding[]
  readonly events: readonly ReferenceEvent[]
  /** Events that nothing rang for. */
  readonly missed: readonly ReferenceEvent[]
  readonly cpuMsPerSecond: number
}

const FROM_MS = Date.UTC(2026, 0, 1)
/** A finding speaks of an event that lies between so long before its onset and its alarm. */
const BEFORE_S = 5
/** A name that is not the reference's own, and still the right alarm. */
const COUNTS_AS: Readonly<Record<LethalRhythm, readonly string[]>> = {
  asystole: ['asystole', 'extreme-bradycardia'],
  'extreme-bradycardia': ['extreme-bradycardia', 'asystole'],
  'extreme-tachycardia': ['extreme-tachycardia', 'ventricular-tachycardia'],
  'ventricular-tachycardia': ['ventricular-tachycardia', 'ventricular-fibrillation', 'extreme-tachycardia'],
  'ventricular-fibrillation': ['ventricular-fibrillation', 'ventricular-tachycardia'],
}
const PROVES: Readonly<Record<string, readonly LethalRhythm[]>> = {
  asystole: ['asystole'],
  'extreme-bradycardia': ['extreme-bradycardia', 'asystole'],
  'extreme-tachycardia': ['extreme-tachycardia', 'ventricular-tachycardia', 'ventricular-fibrillation'],
  'ventricular-tachycardia': ['ventricular-tachycardia', 'ventricular-fibrillation'],
  'ventricular-fibrillation': ['ventricular-fibrillation', 'ventricular-tachycardia'],
}

/** Sends a record (path without extension) with all its leads through a patient's monitor and scores what rang. */
export async function alarmFigures(path: string): Promise<AlarmFigures> {
  const record = await readRecord(path)
  const events = referenceEvents(await readAnnotations(path, 'atr'), record.rateHz)
  const seconds = (record.signals[0]?.samples.length ?? 0) / record.rateHz
  const found = new Map<string, Omit<HighFinding, 'isTrue'>>()
  const before = process.cpuUsage()
  for (const output of sourceThroughMonitor(createRecordSource(record), { fromMs: FROM_MS, seconds })) {
    if (output.kind !== 'finding') continue
    const { id, type, priority, onset, seenUntil, end, message } = output.record
    const secondsOf = (timeMs: number): number => (timeMs - FROM_MS) / 1000
    const known = found.get(id)
    if (known === undefined && priority !== 'high') continue
    found.set(id, {
      type,
      fromS: secondsOf(onset),
      rangS: known?.rangS ?? secondsOf(seenUntil),
      toS: secondsOf(end ?? seenUntil),
      message: known?.message ?? message,
    })
  }
  const { user, system } = process.cpuUsage(before)
  const findings = [...found.values()].map((finding): HighFinding => {
    const told = { fromS: finding.fromS - BEFORE_S, toS: finding.rangS }
    const proof = PROVES[finding.type] ?? []
    return { ...finding, isTrue: events.some((event) => proof.includes(event.type) && overlap(event, told)) }
  })
  const missed = events.filter(
    (event) =>
      !findings.some(
        (finding) =>
          COUNTS_AS[event.type].includes(finding.type) &&
          overlap(event, { fromS: finding.fromS - BEFORE_S, toS: finding.toS }),
      ),
  )
  return {
    record: record.name,
    hours: seconds / 3600,
    findings,
    events,
    missed,
    cpuMsPerSecond: (user + system) / 1000 / seconds,
  }
}
