import type { BeatsRecord, Finding } from '@pulsewire/contracts'
import type { PatientCore, CoreSnapshot } from '../core/patient-core.ts'
import type { CoreItem, DetectionOutput } from '../types.ts'
import { createItemMemory } from './item-memory.ts'
import type { TelemetryItem } from './sequencer.ts'

/** What arrives late within this is analysed again in its right place. */
const HORIZON_MS = 60_000
/** A state is kept so often by itself, where nobody gave one that is kept anyway. */
const CHECKPOINT_EVERY_MS = 40_000
/** Where a patient sends more than this, the horizon shrinks. */
const MAX_SAMPLES = 300_000
/** A batch of old messages is analysed at once. */
const MAX_ITEMS = 20_000

interface Checkpoint {
  /** How many items had been analysed. */
  readonly index: number
  readonly timeMs: number
  /** Most are never looked at: one that is stored elsewhere is read only where it is asked for. */
  readonly core: () => CoreSnapshot
}

export interface TimelineSnapshot {
  readonly core: CoreSnapshot
  readonly base: number
  readonly items: readonly CoreItem[]
  readonly checkpoints: readonly { readonly index: number; readonly timeMs: number; readonly core: CoreSnapshot }[]
  readonly told: readonly Told[]
  readonly timeMs: number
}

/** A finding as it was told after so many items. */
interface Told {
  readonly index: number
  readonly finding: Finding
}

/**
 * The analysis with a memory of the last minute. What belongs into that minute is put in its place, and everything from the state
 * before it is analysed again: so it ends in what it would have been, had it come in time. What the first analysis said and the
 * second does not is withdrawn.
 */
export interface Timeline {
  process(item: CoreItem): DetectionOutput[]
  /** Analyses late messages in their places. Answers those that are older than the memory, untouched. */
  insert(fillers: readonly TelemetryItem[]): { outputs: DetectionOutput[]; tooOld: TelemetryItem[] }
  readonly core: PatientCore
  /** The state of this moment can be had from `state`, later too: it need not be kept twice. */
  checkpoint(state: () => CoreSnapshot): void
  snapshot(): TimelineSnapshot
  /** The memory as it is now, without the state; made into plain data only where it is asked for. */
  hold(): () => Omit<TimelineSnapshot, 'core'>
}

export type CoreFactory = (from: CoreSnapshot) => PatientCore

export function createTimeline(open: CoreFactory, from: TimelineSnapshot): Timeline {
  let core = open(from.core)
  let { timeMs } = from
  const memory = createItemMemory(from.base, from.items)
  let checkpoints: Checkpoint[] = from.checkpoints.map(({ core, ...rest }) => ({ ...rest, core: () => core }))
  let told: Told[] = [...from.told]

  const remember = (outputs: readonly DetectionOutput[], index: number): void => {
    for (const output of outputs) if (output.kind === 'finding') told.push({ index, finding: output.record })
  }

  const forget = (): void => {
    const isOver = (): boolean => memory.samples > MAX_SAMPLES || memory.next - memory.base > MAX_ITEMS
    for (;;) {
      const second = checkpoints[1]
      if (second === undefined || !(timeMs - second.timeMs >= HORIZON_MS || isOver())) break
      checkpoints.shift()
      memory.forget(checkpoints[0]?.index ?? memory.next)
    }
    // One checkpoint that holds too much by itself is given up; the next one starts afresh.
    if (checkpoints.length === 1 && isOver()) checkpoints = []
    const keepFrom = checkpoints[0]?.index ?? memory.next
    memory.forget(keepFrom)
    if (told[0] !== undefined && told[0].index < keepFrom) told = told.filter(({ index }) => index >= keepFrom)
  }

  const keep = (atMs: number, state: () => CoreSnapshot): void => {
    memory.cut()
    checkpoints.push({ index: memory.next, timeMs: atMs, core: state })
  }

  const process = (item: CoreItem): DetectionOutput[] => {
    const itemMs = timeOf(item)
    const last = checkpoints.at(-1)
    if (last === undefined || (itemMs !== undefined && itemMs - last.timeMs >= CHECKPOINT_EVERY_MS)) {
      const state = core.snapshot()
      keep(itemMs ?? timeMs, () => state)
    }
    const outputs = core.process(item)
    remember(outputs, memory.next)
    memory.push(item)
    timeMs = Math.max(timeMs, itemMs ?? timeMs)
    forget()
    return outputs
  }

  const insert = (fillers: readonly TelemetryItem[]): { outputs: DetectionOutput[]; tooOld: TelemetryItem[] } => {
    const oldest = checkpoints[0]
    const placed: TelemetryItem[] = []
    const tooOld: TelemetryItem[] = []
    const { base } = memory
    const revised = memory.from(base)
    let first = Number.POSITIVE_INFINITY
    for (const filler of [...fillers].sort(inOrder)) {
      const at = revised.findIndex((item) => item.kind === 'telemetry' && comesAfter(item, filler))
      const isInside = oldest !== undefined && at >= 0 && filler.headers.time >= oldest.timeMs
      if (!isInside) {
        tooOld.push(filler)
        continue
      }
      // Positions count in the list that has the fillers so far; what lies before `first` is unchanged.
      first = Math.min(first, at)
      revised.splice(at, 0, filler)
      placed.push(filler)
    }
    if (placed.length === 0) return { outputs: [], tooOld }
    return { outputs: analyseAgain(revised, base + first, placed), tooOld }
  }

  const analyseAgain = (revised: CoreItem[], first: number, placed: readonly TelemetryItem[]): DetectionOutput[] => {
    const start = checkpoints.findLast(({ index }) => index <= first)
    if (start === undefined) return []
    const lateSince = Math.max(...placed.map(({ headers }) => headers.receivedAt))
    const before = lastOf(told.filter(({ index }) => index >= start.index))
    const oldBeatsTo = { ...core.state.beatsToMs }

    checkpoints = checkpoints.filter(({ index }) => index <= start.index)
    told = told.filter(({ index }) => index < start.index)
    const { base } = memory
    memory.replace(revised)
    const startCore = start.core()
    core = open(startCore)
    const outputs: DetectionOutput[] = []
    for (let index = start.index; index < memory.next; index++) {
      const item = revised[index - base]
      if (item === undefined) continue
      const itemMs = timeOf(item)
      if (itemMs !== undefined && itemMs - (checkpoints.at(-1)?.timeMs ?? itemMs) >= CHECKPOINT_EVERY_MS) {
        const state = core.snapshot()
        checkpoints.push({ index, timeMs: itemMs, core: () => state })
      }
      const said = core.process(item, lateSince)
      remember(said, index)
      outputs.push(...said)
    }
    forget()
    const after = lastOf(told.filter(({ index }) => index >= start.index))
    const standing = startCore.state.book
    return [
      ...findingsThatChanged(
        before,
        after,
        Object.values(standing.open).map(({ finding }) => finding),
      ),
      ...joinBeats(outputs, oldBeatsTo),
      ...outputs.filter(({ kind }) => kind === 'derived'),
    ]
  }

  const hold = (): (() => Omit<TimelineSnapshot, 'core'>) => {
    // A checkpoint is never changed, so that holding it is enough.
    const held = { base: memory.base, told: [...told], timeMs }
    const [heldItems, heldCheckpoints] = [memory.hold(), [...checkpoints]]
    return () => ({
      ...held,
      items: heldItems(),
      checkpoints: heldCheckpoints.map((checkpoint) => ({ ...checkpoint, core: checkpoint.core() })),
    })
  }

  return {
    process,
    insert,
    get core() {
      return core
    },
    checkpoint: (state) => keep(timeMs, state),
    snapshot: () => ({ core: core.snapshot(), ...hold()() }),
    hold,
  }
}

function timeOf(item: CoreItem): number | undefined {
  return item.kind === 'telemetry' ? item.headers.time : undefined
}

function inOrder(a: TelemetryItem, b: TelemetryItem): number {
  return a.headers.boot === b.headers.boot
    ? (a.headers.seq ?? 0) - (b.headers.seq ?? 0)
    : a.headers.time - b.headers.time
}

function comesAfter(item: TelemetryItem, filler: TelemetryItem): boolean {
  if (item.headers.device !== filler.headers.device || item.headers.seq === undefined) return false
  return item.headers.boot === filler.headers.boot
    ? item.headers.seq > (filler.headers.seq ?? 0)
    : item.headers.time > filler.headers.time
}

function lastOf(told: readonly Told[]): Map<string, Finding> {
  return new Map(told.map(({ finding }) => [finding.id, finding]))
}

/** What a reader must hear to know what the second analysis knows. */
function findingsThatChanged(
  before: ReadonlyMap<string, Finding>,
  after: ReadonlyMap<string, Finding>,
  standing: readonly Finding[],
): DetectionOutput[] {
  const changed: Finding[] = []
  for (const [id, finding] of after) {
    const old = before.get(id)
    if (old === undefined || substanceOf(old) !== substanceOf(finding)) changed.push(finding)
  }
  for (const [id, finding] of before) {
    if (after.has(id)) continue
    changed.push(standing.find((other) => other.id === id) ?? withdrawn(finding))
  }
  return changed.map((record) => ({ kind: 'finding', record }))
}

function substanceOf(finding: Finding): string {
  const { positions: _positions, seenUntil: _seenUntil, late: _late, ...substance } = finding
  return JSON.stringify(substance)
}

/** It was never there: seen only because data was missing. */
function withdrawn(finding: Finding): Finding {
  const { priority: _priority, ...rest } = finding
  return {
    ...rest,
    status: 'ended',
    end: finding.end ?? Math.max(finding.onset, finding.seenUntil),
    late: true,
    confidence: 0,
    message: `Withdrawn after late data: ${finding.message}`.slice(0, 500),
    evidence: { ...finding.evidence, withdrawn: true },
  }
}

/** One record a signal for the whole interval, so that it replaces all that was said of it. */
function joinBeats(outputs: readonly DetectionOutput[], oldTo: Readonly<Record<string, number>>): DetectionOutput[] {
  const bySignal = new Map<string, BeatsRecord>()
  for (const output of outputs) {
    if (output.kind !== 'beats') continue
    const { record } = output
    const key = `${record.device}/${record.signal}`
    const known = bySignal.get(key)
    const kept = known?.beats.filter(([timeMs]) => timeMs < record.from || timeMs >= record.to) ?? []
    bySignal.set(key, {
      ...record,
      from: Math.min(known?.from ?? record.from, record.from),
      to: Math.max(known?.to ?? oldTo[key] ?? record.to, record.to),
      beats: [...kept, ...record.beats].sort((a, b) => a[0] - b[0]),
    })
  }
  return [...bySignal.values()].map((record) => ({ kind: 'beats', record }))
}
