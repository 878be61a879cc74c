import { ecgLeadOf, isLate, type Finding, type WaveformMessage } from '@pulsewire/contracts'
import type { CoreItem, DetectionOutput, EcgAnalyzerFactory, Moment, PatientContext } from '../types.ts'
import { completeAt } from './complete-at.ts'
import { createDeteriorationState, scoreDeterioration, type DeteriorationState } from './deterioration.ts'
import { createDerivedSink, type DerivedSink } from './derived-sink.ts'
import {
  createDeviceWatchState,
  endMomentary,
  setElectrodesOff,
  takeEvent,
  takeStatus,
  watchClock,
  type DeviceWatchState,
} from './device-watch.ts'
import { createEcgLead, isAnalysableRate, type EcgLead, type LeadInputSnapshot, type LeadSlice } from './ecg-lead.ts'
import { createFindingBook, createFindingBookState, type FindingBook, type FindingBookState } from './finding-book.ts'
import { judgeSt, type InfarctionState } from './infarction.ts'
import { elevationThresholdMv } from './lead-geometry.ts'
import { beatsBetween, choosePrimary, createLeadView, isOff, isUsable, viewSlice, type LeadView } from './lead-view.ts'
import { checkLimits, type LimitsState } from './limits.ts'
import { createPulseWaveState, followPulseWave, type PulseWaveState } from './pulse-wave.ts'
import { fuseRhythms } from './rhythm-fusion.ts'
import { watchSignal, watchStopped } from './signal-watch.ts'
import { createStState, trackSt, type StState } from './st-tracker.ts'
import { createVitalMemoryState, rememberVitals, type VitalMemoryState } from './vital-memory.ts'

/** The device under which staff's observations are kept. */
export const STAFF = 'staff'
/** What a nurse measured some minutes ago and enters now is news; what was measured longer ago is history. */
const STAFF_LATE_AFTER_MS = 30 * 60_000
/** Positions are remembered so long, one a second and device, to name where an onset came from. */
const KEEP_POSITIONS_MS = 90_000
const POSITION_EVERY_MS = 1_000

/** All that the analysis of a patient knows, but for the ECG analysers. Plain data. */
interface CoreState {
  context: PatientContext
  book: FindingBookState
  memory: VitalMemoryState
  limits: LimitsState
  deterioration: DeteriorationState
  devices: DeviceWatchState
  leads: Record<string, LeadView>
  primary?: string | undefined
  st: Record<string, StState>
  infarction: InfarctionState
  pulseWaves: Record<string, PulseWaveState>
  positions: Record<string, [number, string][]>
  /** Up to when the beats of a signal have been written. */
  beatsToMs: Record<string, number>
  timeMs: number
}

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
  readonly state: Readonly<CoreState>
}

export function createPatientCore(
  patient: string,
  factory: EcgAnalyzerFactory,
  from: CoreSnapshot | PatientContext,
): PatientCore {
  const state: CoreState = 'state' in from ? copyOf(from.state) : emptyState(from)
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
    if (item.kind === 'observation') observe(state, book, sink, item)
    else take(state, book, sink, analyzers, factory, item, lateSince)
    return [...findingsOf(book), ...sink.outputs(state.beatsToMs)]
  }

  return {
    process,
    close: () => {
      endAll(state, book, book.all(), true)
      return findingsOf(book)
    },
    snapshot: () => ({
      state: copyOf(state),
      analyzers: Object.fromEntries([...analyzers].map(([key, lead]) => [key, lead.snapshot()])),
    }),
    state,
  }
}

function emptyState(context: PatientContext): CoreState {
  return {
    context,
    book: createFindingBookState(),
    memory: createVitalMemoryState(),
    limits: {},
    deterioration: createDeteriorationState(),
    devices: createDeviceWatchState(),
    leads: {},
    st: {},
    infarction: {},
    pulseWaves: {},
    positions: {},
    beatsToMs: {},
    timeMs: 0,
  }
}

function copyOf(state: CoreState): CoreState {
  return JSON.parse(JSON.stringify(state)) as CoreState
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
    for (const parts of [state.leads, state.st, state.pulseWaves, state.limits]) {
      for (const key of Object.keys(parts)) if (key.startsWith(`${device}/`)) delete parts[key]
    }
    for (const key of analyzers.keys()) if (key.startsWith(`${device}/`)) analyzers.delete(key)
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

function observe(
  state: CoreState,
  book: FindingBook,
  sink: DerivedSink,
  item: Extract<CoreItem, { kind: 'observation' }>,
): void {
  const { timeMs, vitals, position } = item
  const moment: Moment = {
    timeMs,
    late: item.receivedAt - timeMs > STAFF_LATE_AFTER_MS,
    position,
    device: STAFF,
  }
  rememberPosition(state, moment)
  rememberVitals(state.memory, timeMs, vitals)
  checkLimits(state.limits, { vitals, source: STAFF, byStaff: true }, state.context, moment, book)
  const point = scoreDeterioration(state.deterioration, state.memory, state.context, true, moment, book)
  if (point !== undefined) sink.point(undefined, 'news2', point.timeMs, point.value)
}

function take(
  state: CoreState,
  book: FindingBook,
  sink: DerivedSink,
  analyzers: Map<string, EcgLead>,
  factory: EcgAnalyzerFactory,
  item: Extract<CoreItem, { kind: 'telemetry' }>,
  lateSince: number | undefined,
): void {
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
      rememberVitals(state.memory, moment.timeMs, vitals)
      checkLimits(state.limits, { vitals, quality, source: moment.device, byStaff: false }, state.context, moment, book)
      const point = scoreDeterioration(state.deterioration, state.memory, state.context, false, moment, book)
      if (point !== undefined) sink.point(undefined, 'news2', point.timeMs, point.value)
      break
    }
    case 'waveform':
      takeWaveform(state, book, sink, analyzers, factory, uplink.message, moment)
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

function takeWaveform(
  state: CoreState,
  book: FindingBook,
  sink: DerivedSink,
  analyzers: Map<string, EcgLead>,
  factory: EcgAnalyzerFactory,
  message: WaveformMessage,
  moment: Moment,
): void {
  const { device, timeMs } = moment
  const slices: { readonly view: LeadView; readonly slice: LeadSlice }[] = []
  for (const signal of message.signals) {
    const key = `${device}/${signal.name}`
    const lead = ecgLeadOf(signal.name)
    if (signal.name === 'ppg') {
      followPulseWave((state.pulseWaves[key] ??= createPulseWaveState()), timeMs, message.rateHz, signal)
    } else if (lead !== undefined && isAnalysableRate(message.rateHz)) {
      const view = (state.leads[key] ??= createLeadView(device, signal.name, lead))
      let input = analyzers.get(key)
      if (input === undefined) analyzers.set(key, (input = createEcgLead(lead, factory)))
      view.blockMs = (signal.samples.length * 1000) / message.rateHz
      for (const slice of input.append(timeMs, message.rateHz, signal)) slices.push({ view, slice })
    }
  }
  // All leads up to one time, then the next: so that what they say is compared as it stood then, whatever the size of the block.
  slices.sort((a, b) => a.slice.endMs - b.slice.endMs || (a.view.key < b.view.key ? -1 : 1))
  for (let from = 0; from < slices.length;) {
    const endMs = slices[from]?.slice.endMs ?? 0
    let to = from
    while (to < slices.length && (slices[to]?.slice.endMs ?? 0) - endMs < 1) to += 1
    takeSlices(state, book, sink, slices.slice(from, to), { ...moment, timeMs: endMs })
    from = to
  }
}

/** Takes in what all leads of a device said up to one time. */
function takeSlices(
  state: CoreState,
  book: FindingBook,
  sink: DerivedSink,
  slices: readonly { readonly view: LeadView; readonly slice: LeadSlice }[],
  moment: Moment,
): void {
  const views = Object.values(state.leads)
  const { electrodesOff } = state.devices
  for (const { view, slice } of slices) {
    viewSlice(view, moment.timeMs, slice.seenUntilMs, slice.outputs)
    if (isOff(view, electrodesOff)) view.saidOffMs = moment.timeMs
  }
  const primary = choosePrimary(views, state.primary, moment.timeMs, electrodesOff)
  state.primary = primary?.key
  let judged = false

  for (const { view, slice } of slices) {
    const isPrimary = view.key === state.primary
    for (const output of slice.outputs) {
      switch (output.kind) {
        case 'beat':
          if (isPrimary) sink.beat(view.device, view.signal, [output.timeMs, output.beatClass])
          break
        case 'beats-revised':
          if (isPrimary) sink.revisedBeats(view.device, view.signal, output.fromMs, output.toMs, output.beats)
          break
        case 'heart-rate':
          if (isPrimary) sink.point(view.device, 'heartRate.ecg', output.timeMs, output.bpm)
          break
        case 'quality':
          sink.point(view.device, `quality.${view.signal}`, output.timeMs, output.quality)
          watchSignal(view, views, electrodesOff, moment, book)
          break
        case 'st':
          if (!isUsable(view, moment.timeMs, electrodesOff) || hasNoStSegment(book)) break
          sink.point(view.device, `st.${view.lead}`, output.timeMs, output.levelMv)
          judged = true
          takeSt(state, view, output, moment, book)
          break
        case 'rhythm':
          break
      }
    }
    if (isPrimary) sink.saidUntil(view.device, view.signal, slice.seenUntilMs)
  }
  clearElectrodes(state, views, moment, book)
  const pulses = Object.values(state.pulseWaves).flatMap((wave) => wave.pulses)
  fuseRhythms({ leads: views, primary: state.primary, electrodesOff, memory: state.memory, pulses }, moment, book)
  if (judged) judgeSt(state.infarction, Object.values(state.st), state.memory, state.context, moment, book)
}

function takeSt(
  state: CoreState,
  view: LeadView,
  output: Parameters<typeof trackSt>[1],
  moment: Moment,
  book: FindingBook,
): void {
  const st = (state.st[view.key] ??= createStState(view.device, view.signal, view.lead, output.timeMs))
  const step = trackSt(st, output, elevationThresholdMv(view.lead, state.context, moment.timeMs))
  if (step?.kind === 'ended') book.end('st-episode', view.signal, step.endMs, moment)
}

function hasNoStSegment(book: FindingBook): boolean {
  // One that another lead, or the pulse, contradicts is no reason to stop measuring.
  const types = ['ventricular-fibrillation', 'ventricular-tachycardia'] as const
  return types.some((type) => book.get(type)?.priority !== undefined)
}

/** A device that said "off" and never "on" again, while its signal has been good and shown beats for so long: the electrode is on. */
const ELECTRODE_ON_AFTER_MS = 15_000
const ELECTRODE_ON_BEATS = 8

function clearElectrodes(state: CoreState, views: readonly LeadView[], moment: Moment, book: FindingBook): void {
  const { device, timeMs } = moment
  const off = state.devices.electrodesOff[device]
  if (off === undefined || timeMs - (state.devices.saidOffMs[device] ?? timeMs) < ELECTRODE_ON_AFTER_MS) return
  const isGood = (view: LeadView): boolean =>
    view.goodSinceMs !== undefined &&
    timeMs - view.goodSinceMs >= ELECTRODE_ON_AFTER_MS &&
    beatsBetween(view, timeMs - ELECTRODE_ON_AFTER_MS, timeMs).length >= ELECTRODE_ON_BEATS
  const own = views.filter((view) => view.device === device)
  const on = off.filter((signal) => {
    const meant = own.filter((view) => signal === '*' || view.signal === signal)
    return meant.length > 0 && meant.every(isGood)
  })
  if (on.length === 0) return
  const left = off.filter((signal) => !on.includes(signal))
  setElectrodesOff(state.devices, device, left, moment, book)
}

function rememberPosition(state: CoreState, moment: Moment): void {
  const positions = (state.positions[moment.device] ??= [])
  const last = positions.at(-1)
  if (last !== undefined && moment.timeMs - last[0] < POSITION_EVERY_MS) return
  positions.push([moment.timeMs, moment.position])
  while ((positions[0]?.[0] ?? moment.timeMs) < moment.timeMs - KEEP_POSITIONS_MS) positions.shift()
}

function positionAt(state: CoreState, device: string, onsetMs: number): string | undefined {
  const positions = state.positions[device] ?? []
  return (positions.findLast(([timeMs]) => timeMs <= onsetMs) ?? positions[0])?.[1]
}
