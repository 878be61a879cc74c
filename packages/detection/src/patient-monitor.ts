import { formatPosition, type Finding } from '@pulsewire/contracts'
import { copyState, createEcgAnalyzer } from '@pulsewire/ecg'
import { createPatientCore, type CoreSnapshot } from './core/patient-core.ts'
import { createLateStretches, type StretchSnapshot } from './order/late-stretch.ts'
import { createTimeline, type TimelineSnapshot } from './order/revision.ts'
import {
  REORDER_MS,
  createSequencer,
  type Sequenced,
  type SequencerSnapshot,
  type TelemetryItem,
} from './order/sequencer.ts'
import { createSilenceState, createSilenceWatch, type SilenceState } from './silence.ts'
import type { DetectionOutput, EcgAnalyzerFactory, PatientContext, StaffInput, TelemetryInput } from './types.ts'

/** Snapshots of another version are not read: the patient is then analysed afresh. */
export const MONITOR_VERSION = 11
/** Late messages are gathered for so long (wall clock), so that a filled hole is analysed once. */
const GATHER_WALL_MS = 4_000

export interface PatientMonitorOptions {
  readonly patient: string
  readonly context: PatientContext
  /** For tests. */
  readonly createAnalyzer?: EcgAnalyzerFactory
}

/** All that a monitor knows: plain data and typed arrays. */
export interface MonitorSnapshot {
  readonly version: number
  readonly patient: string
  readonly context: PatientContext
  readonly sequencer: SequencerSnapshot
  readonly timeline: TimelineSnapshot
  readonly stretches: Readonly<Record<string, StretchSnapshot>>
  readonly silence: SilenceState
  readonly fillers: readonly TelemetryItem[]
  readonly gatheredMs: number | null
}

/** The detector of one patient: takes in what the log holds of the patient, in the order of the log, and says what it found. */
export interface PatientMonitor {
  telemetry(input: TelemetryInput): DetectionOutput[]
  staff(input: StaffInput): DetectionOutput[]
  /** The registry says something new of the patient. */
  setContext(context: PatientContext): DetectionOutput[]
  /** The wall clock: silence, and what has waited long enough. */
  /** `watchingSinceMs`: since when somebody has been listening at all; nobody is called silent for longer than that. */
  tick(nowMs: number, watchingSinceMs?: number): DetectionOutput[]
  readonly context: PatientContext
  snapshot(): MonitorSnapshot
  /**
   * A snapshot to be written out before anything else is done with the monitor, of which it shares its parts. Without the last minute's data: what
   * comes late is then analysed on its own.
   */
  view(): MonitorSnapshot
  /** Gives a view of this moment, once it was written and read, its memory: cheap where nobody asks. */
  holdMemory(): (light: MonitorSnapshot) => MonitorSnapshot
  /** What was just seen (`view`) is kept by the caller, who gives it back when it is asked for: late data is then analysed from there. */
  keptAs(snapshot: () => MonitorSnapshot): void
  /** How often late data was put in its place, for which the memory is needed. */
  readonly revisions: number
}

/** The findings that are open in a snapshot: what the patient's analysis had said when it was taken. */
export function openFindingsOf(snapshot: MonitorSnapshot): Finding[] {
  const stretches = Object.values(snapshot.stretches).map(({ core }) => core.state.book)
  const books = [snapshot.timeline.core.state.book, snapshot.silence.book, ...stretches]
  return books.flatMap(({ open }) => Object.values(open).map(({ finding }) => finding))
}

export function createPatientMonitor(options: PatientMonitorOptions, from?: MonitorSnapshot): PatientMonitor {
  const { patient, createAnalyzer = createEcgAnalyzer } = options
  let context = from?.context ?? options.context
  const silenceState: SilenceState = copyState(from?.silence ?? createSilenceState())
  const silence = createSilenceWatch(patient, silenceState)
  const sequencer = createSequencer(from?.sequencer)
  const openCore = (snapshot: CoreSnapshot | PatientContext) => createPatientCore(patient, createAnalyzer, snapshot)
  const timeline = createTimeline(openCore, from?.timeline ?? emptyTimeline(openCore(context).snapshot()))
  const stretches = createLateStretches((snapshot) => openCore(snapshot ?? context), from?.stretches)
  let fillers: TelemetryItem[] = [...(from?.fillers ?? [])]
  /** Event time of the live analysis when the first of the fillers came. */
  let gatheredMs = from?.gatheredMs ?? null
  let liveMs = timeline.core.state.timeMs
  let revisions = 0

  const analyseFillers = (): DetectionOutput[] => {
    revisions++
    const { outputs, tooOld } = timeline.insert(fillers)
    fillers = []
    gatheredMs = null
    return [...outputs, ...tooOld.flatMap((item) => stretches.process(item))]
  }

  const run = (sequenced: readonly Sequenced[]): DetectionOutput[] => {
    const outputs: DetectionOutput[] = []
    for (const { kind, item } of sequenced) {
      if (kind === 'filler') {
        fillers.push(item)
        gatheredMs ??= liveMs
      } else {
        outputs.push(...timeline.process(item))
        liveMs = Math.max(liveMs, item.headers.time)
      }
    }
    if (fillers.length === 0 || gatheredMs === null) return outputs
    const first = firstOf(fillers)
    if (first === undefined) return outputs
    if (sequencer.isFilledFrom(first) || liveMs - gatheredMs >= REORDER_MS) outputs.push(...analyseFillers())
    return outputs
  }

  /** What a snapshot has besides its large parts. */
  const frame = () => ({
    version: MONITOR_VERSION,
    patient,
    context,
    sequencer: sequencer.snapshot(),
    fillers: [...fillers],
    gatheredMs,
  })

  return {
    telemetry: ({ headers, uplink, position }) => {
      const place = formatPosition(position)
      const item: TelemetryItem = { kind: 'telemetry', headers, uplink, position: place }
      return [...asOutputs(silence.heard(headers, uplink, place)), ...run(sequencer.accept(item))]
    },
    staff: ({ command, position }) => {
      if (command.type === 'monitoring') silence.monitoring(command)
      if (command.type !== 'observation') return []
      const { observedAt, at, vitals, by } = command
      const place = formatPosition(position)
      return timeline.process({ kind: 'observation', timeMs: observedAt, receivedAt: at, vitals, by, position: place })
    },
    setContext: (next) => {
      context = next
      return timeline.process({ kind: 'context', context })
    },
    tick: (nowMs, watchingSinceMs = 0) => {
      const outputs = [...asOutputs(silence.tick(nowMs, context, watchingSinceMs)), ...run(sequencer.tick(nowMs))]
      if (fillers.length > 0) {
        const newest = Math.max(...fillers.map(({ headers }) => headers.receivedAt))
        if (nowMs - newest >= GATHER_WALL_MS) outputs.push(...analyseFillers())
      }
      outputs.push(...stretches.tick(nowMs))
      return outputs
    },
    get context() {
      return context
    },
    get revisions() {
      return revisions
    },
    holdMemory: () => {
      const memory = timeline.hold()
      return (light) => ({ ...light, timeline: { core: light.timeline.core, ...memory() } })
    },
    keptAs: (snapshot) => timeline.checkpoint(() => snapshot().timeline.core),
    snapshot: () => ({
      ...frame(),
      timeline: timeline.snapshot(),
      stretches: stretches.snapshot(),
      silence: copyState(silenceState),
    }),
    view: () => ({
      ...frame(),
      timeline: { ...emptyTimeline(timeline.core.view()), timeMs: liveMs },
      stretches: stretches.snapshot(),
      silence: silenceState,
    }),
  }
}

function emptyTimeline(core: CoreSnapshot): TimelineSnapshot {
  return { core, base: 0, items: [], checkpoints: [], told: [], timeMs: 0 }
}

function firstOf(fillers: readonly TelemetryItem[]): TelemetryItem | undefined {
  return fillers.toSorted((a, b) => a.headers.time - b.headers.time)[0]
}

function asOutputs(findings: readonly Finding[]): DetectionOutput[] {
  return findings.map((record) => ({ kind: 'finding', record }))
}
