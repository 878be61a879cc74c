import { isLate, type Finding } from '@pulsewire/contracts'
import { copyState } from '@pulsewire/ecg'
import type { CoreItem, DetectionOutput, EcgAnalyzerFactory, Moment, PatientContext } from '../types.ts'
import { gateVitals } from './artifact-gate.ts'
import { completeAt } from './complete-at.ts'
import { createCoreState, positionAt, rememberPosition, type CoreState } from './core-state.ts'
import { scoreDeterioration } from './deterioration.ts'
import { createDerivedSink } from './derived-sink.ts'
import { endMomentary, takeEvent, takeStatus, watchClock } from './device-watch.ts'
import { takeWaveform, type CoreParts } from './ecg-analysis.ts'
import { createEcgLead, type EcgLead, type LeadInputSnapshot } from './ecg-lead.ts'
import { createFindingBook, type FindingBook, type FindingBookState } from './finding-book.ts'
import { watchGlucose } from './glucose-watch.ts'
import { checkLimits } from './limits.ts'
import { watchStopped } from './signal-watch.ts'
import { rememberVitals } from './vital-memory.ts'

/** The device under which staff's observations are kept. */
export const STAFF = 'staff'
/** What a nurse measured some minutes ago and enters now is news; what was measured longer ago is history. */
const STAFF_LATE_AFTER_MS = 30 * 60_000
export interface CoreSnapshot {
  readonly state: CoreState
  readonly analyzers: Readonly<Record<string, LeadInputSnapshot>>
}

/**
 * The analysis of one patient in event time: a state machine without clock or I/O. Items must come in the order in which they are to
 * be analysed (see `order/`); the same items always give the same outputs.
 */
export interface PatientCore {
  /** `lateSince`: the time of receipt from which this is looked at, where it is analysed again. */
  process(item: CoreItem, lateSince?: number): DetectionOutput[]
  /** Ends what is open, because nothing more will come. */
  close(): DetectionOutput[]
  snapshot(): CoreSnapshot
  /** As `snapshot`, but hardly anything is copied: good until the next item. */
  view(): CoreSnapshot
  readonly state: Readonly<CoreState>
}

export function createPatientCore(
  patient: string,
  factory: EcgAnalyzerFactory,
  from: CoreSnapshot | PatientContext,
): PatientCore {
  const state: CoreState = 'state' in from ? copyState(from.state) : createCoreState(from)
  const analyzers = new Map<string, EcgLead>()
  if ('state' in from) {
    for (const [key, snapshot] of Object.entries(from.analyzers)) {
      analyzers.set(key, createEcgLead(snapshot.input.lead, factory, snapshot))
    }
  }
  const book = createFindingBook(patient, state.book, (device, onsetMs) => positionAt(state, device, onsetMs))

  const process = (item: CoreItem, lateSince?: number): DetectionOutput[] => {
    if (item.kind === 'context') {
      takeContext(state, book, analyzers, item.context)
      return findingsOf(book)
    }
    const sink = createDerivedSink(patient)
    const parts: CoreParts = { state, book, sink, analyzers, factory }
    if (item.kind === 'observation') observe(parts, item)
    else take(parts, item, lateSince)
    return [...findingsOf(book), ...sink.outputs(state.beatsToMs)]
  }

  const leadsBy = (stateOf: (lead: EcgLead) => LeadInputSnapshot | undefined): CoreSnapshot['analyzers'] => {
    const states: Record<string, LeadInputSnapshot> = {}
    for (const [key, lead] of analyzers) {
      const leadState = stateOf(lead)
      if (leadState !== undefined) states[key] = leadState
    }
    return states
  }

  return {
    process,
    close: () => {
      endAll(state, book, book.all(), true)
      return findingsOf(book)
    },
    snapshot: () => ({ state: copyState(state), analyzers: leadsBy((lead) => lead.snapshot()) }),
    view: () => ({ state, analyzers: leadsBy((lead) => lead.view()) }),
    state,
  }
}

function findingsOf(book: FindingBook): DetectionOutput[] {
  return book.drain().map((record) => ({ kind: 'finding', record }))
}

/** Ends findings because nothing more will come of them. */
function endAll(state: CoreState, book: FindingBook, findings: readonly Finding[], late: boolean): void {
  for (const { id, type, device, positions } of findings) {
    const moment: Moment = { timeMs: state.timeMs, late, position: positions?.at(-1) ?? '', device: device ?? '' }
    book.end(type, qualifierOf(state.book, id), state.timeMs, moment)
  }
}

/** A device that was taken off says nothing more of this patient: what it said before is over. */
function takeContext(
  state: CoreState,
  book: FindingBook,
  analyzers: Map<string, EcgLead>,
  context: PatientContext,
): void {
  const worn = new Set(context.devices.map(({ id }) => id))
  const takenOff = state.context.devices.map(({ id }) => id).filter((id) => !worn.has(id))
  state.context = context
  for (const device of takenOff) {
    const own = book.all().filter((finding) => finding.device === device)
    endAll(state, book, own, false)
    for (const parts of [state.leads, state.st, state.pulseWaves, state.glucose ?? {}]) {
      for (const key of Object.keys(parts)) if (key.startsWith(`${device}/`)) delete parts[key]
    }
    for (const key of analyzers.keys()) if (key.startsWith(`${device}/`)) analyzers.delete(key)
    delete state.beats[device]
    delete state.limits[device]
    delete state.postures[device]
    delete state.gate?.[device]
    delete state.devices.electrodesOff[device]
    delete state.devices.saidOffMs[device]
  }
}

/** The qualifier under which a finding is kept: the part of its key after the type. */
function qualifierOf(state: FindingBookState, id: string): string | undefined {
  const key = Object.keys(state.open).find((key) => state.open[key]?.finding.id === id)
  const slash = key?.indexOf('/') ?? -1
  return slash < 0 ? undefined : key?.slice(slash + 1)
}

function observe({ state, book, sink }: CoreParts, item: Extract<CoreItem, { kind: 'observation' }>): void {
  const { timeMs, vitals, position } = item
  const moment: Moment = {
    timeMs,
    late: item.receivedAt - timeMs > STAFF_LATE_AFTER_MS,
    position,
    device: STAFF,
  }
  rememberPosition(state, moment)
  rememberVitals(state.memory, timeMs, vitals, true)
  checkLimits(state.limits, { vitals, source: STAFF, byStaff: true }, state.context, moment, book)
  const point = scoreDeterioration(state.deterioration, state.memory, state.context, true, moment, book)
  if (point !== undefined) sink.point(undefined, 'news2', point.timeMs, point.value)
}

function take(parts: CoreParts, item: Extract<CoreItem, { kind: 'telemetry' }>, lateSince: number | undefined): void {
  const { state, book, sink } = parts
  const { headers, uplink, position } = item
  const receivedAt = Math.max(headers.receivedAt, lateSince ?? 0)
  const moment: Moment = {
    timeMs: headers.time,
    // A long block is not late for being long.
    late: isLate({ time: completeAt(item), receivedAt }),
    position,
    device: headers.device,
  }
  state.timeMs = Math.max(state.timeMs, headers.time)
  rememberPosition(state, moment)
  book.refresh(moment)
  endMomentary(state.devices, moment, book)
  watchClock(headers, moment, book)
  switch (uplink.kind) {
    case 'vitals': {
      const { vitals, quality } = uplink.message
      const gate = (state.gate ??= {})
      const believed = gateVitals(gate, state.memory, { vitals, quality }, state.context, moment, book)
      rememberVitals(state.memory, moment.timeMs, believed.vitals)
      checkLimits(state.limits, { ...believed, source: moment.device, byStaff: false }, state.context, moment, book)
      watchGlucose((state.glucose ??= {}), believed.vitals.glucose, state.context, moment, book)
      const point = scoreDeterioration(state.deterioration, state.memory, state.context, false, moment, book)
      if (point !== undefined) sink.point(undefined, 'news2', point.timeMs, point.value)
      break
    }
    case 'waveform':
      takeWaveform(parts, uplink.message, moment)
      break
    case 'event':
      takeEvent(state.devices, state.memory, uplink.message, moment, book)
      break
    case 'status':
      takeStatus(uplink.message, moment, book)
      break
    case 'command-ack':
      break
  }
  watchStopped(Object.values(state.leads), state.devices.electrodesOff, moment, book)
}
