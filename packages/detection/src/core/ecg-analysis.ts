import { ecgLeadOf, MAX_SIGNALS_PER_BLOCK, type WaveformMessage } from '@pulsewire/contracts'
import type { StOutput } from '@pulsewire/ecg'
import type { EcgAnalyzerFactory, Moment } from '../types.ts'
import { followArrest } from './arrest.ts'
import type { CoreState } from './core-state.ts'
import type { DerivedSink } from './derived-sink.ts'
import { createDeviceBeats, followLone, followTogether, hearLead } from './device-beats.ts'
import { setElectrodesOff } from './device-watch.ts'
import { createEcgLead, isAnalysableRate, type EcgLead, type LeadSlice } from './ecg-lead.ts'
import type { FindingBook } from './finding-book.ts'
import { judgeSt } from './infarction.ts'
import { jointSt } from './joint-st.ts'
import { elevationThresholdMv } from './lead-geometry.ts'
import { beatsBetween, choosePrimary, createLeadView, isOff, isUsable, viewSlice, type LeadView } from './lead-view.ts'
import { createPostureState, followPosture, movedIn } from './posture.ts'
import { createPulseWaveState, followPulseWave, isPulseSignal } from './pulse-wave.ts'
import { followJointRun, fuseRhythms } from './rhythm-fusion.ts'
import { watchSignal } from './signal-watch.ts'
import { createStState, rememberMeasurement, trackSt } from './st-tracker.ts'
import { watchTurned } from './turned-lead.ts'
import { rememberEcgRate } from './vital-memory.ts'

/** A device that said "off" and never "on" again, while its signal has been good and shown beats for so long: the electrode is on. */
const ELECTRODE_ON_AFTER_MS = 15_000
const ELECTRODE_ON_BEATS = 8

/**
 * More leads than a block can have, of one device, are kept and shown, and not analysed: a device that names ever new ones would take
 * all memory from the other patients of its worker.
 */
const MAX_LEADS_PER_DEVICE = MAX_SIGNALS_PER_BLOCK

/** What an item is analysed with. */
export interface CoreParts {
  readonly state: CoreState
  readonly book: FindingBook
  readonly sink: DerivedSink
  readonly analyzers: Map<string, EcgLead>
  readonly factory: EcgAnalyzerFactory
}

/** Takes in a block of samples: ECG leads are analysed and compared, pulse waves followed. */
export function takeWaveform(parts: CoreParts, message: WaveformMessage, moment: Moment): void {
  const { state, analyzers, factory } = parts
  const { device, timeMs } = moment
  const slices: { readonly view: LeadView; readonly slice: LeadSlice }[] = []
  for (const signal of message.signals) {
    const key = `${device}/${signal.name}`
    const lead = ecgLeadOf(signal.name)
    if (isPulseSignal(signal.name)) {
      const wave = (state.pulseWaves[key] ??= createPulseWaveState(signal.name, device))
      followPulseWave(wave, timeMs, message.rateHz, signal)
    } else if (lead !== undefined && isAnalysableRate(message.rateHz)) {
      const known = state.leads[key]
      if (known === undefined && leadsOf(state, device) >= MAX_LEADS_PER_DEVICE) continue
      const view = known ?? (state.leads[key] = createLeadView(device, signal.name, lead))
      let input = analyzers.get(key)
      if (input === undefined) analyzers.set(key, (input = createEcgLead(lead, factory)))
      view.blockMs = (signal.samples.length * 1000) / message.rateHz
      for (const slice of input.append(timeMs, message.rateHz, signal)) slices.push({ view, slice })
    }
  }
  if (message.signals.some(({ name }) => name === 'accel.x')) {
    const posture = (state.postures[device] ??= createPostureState())
    followPosture(posture, timeMs, message.rateHz, message.signals)
  }
  // All leads up to one time, then the next: so that what they say is compared as it stood then, whatever the size of the block.
  slices.sort((a, b) => a.slice.endMs - b.slice.endMs || (a.view.key < b.view.key ? -1 : 1))
  for (let from = 0; from < slices.length;) {
    const endMs = slices[from]?.slice.endMs ?? 0
    let to = from
    while (to < slices.length && (slices[to]?.slice.endMs ?? 0) - endMs < 1) to += 1
    takeSlices(parts, slices.slice(from, to), { ...moment, timeMs: endMs })
    from = to
  }
}

/** Takes in what all leads of a device said up to one time. */
function takeSlices(
  parts: CoreParts,
  slices: readonly { readonly view: LeadView; readonly slice: LeadSlice }[],
  moment: Moment,
): void {
  const { state, book, sink } = parts
  const views = Object.values(state.leads)
  const { electrodesOff } = state.devices
  for (const { view, slice } of slices) {
    viewSlice(view, moment.timeMs, slice.seenUntilMs, slice.outputs)
    if (isOff(view, electrodesOff)) view.saidOffMs = moment.timeMs
  }
  const beats = (state.beats[moment.device] ??= createDeviceBeats())
  for (const { view, slice } of slices) hearLead(beats, view, slice.outputs, electrodesOff)
  state.primary = choosePrimary(views, state.primary, moment.timeMs, electrodesOff, state.beats)?.key
  takeBeats(parts, views, slices, moment)
  const posture = state.postures[moment.device]
  let judged = false
  let joint: ReturnType<typeof jointSt> | undefined

  for (const { view, slice } of slices) {
    const isPrimary = view.key === state.primary
    for (const output of slice.outputs) {
      switch (output.kind) {
        case 'beat':
        case 'beats-revised':
        case 'heart-rate':
        case 'peak':
          break
        case 'respiration':
          // A series to look at. It scores nothing: NEWS2 asks for a rate that was measured or counted, and this one is silent where breathing is ill.
          if (isPrimary) sink.point(view.device, 'respirationRate.ecg', output.timeMs, Math.round(output.perMin))
          break
        case 'quality':
          sink.point(view.device, `quality.${view.signal}`, output.timeMs, output.quality)
          watchSignal(view, views, electrodesOff, moment, book, posture)
          if (posture !== undefined && view.key === slices[0]?.view.key)
            sink.point(view.device, 'quality.accel', output.timeMs, movedIn(posture, output.timeMs) ? 0 : 1)
          break
        case 'st':
          joint ??= jointSt(slices, (each) => isUsable(each, moment.timeMs, electrodesOff))
          if (hasNoStSegment(book) || !takeSt(parts, view, joint.get(view.key), moment)) break
          judged = true
          break
        case 'rhythm':
          break
      }
    }
  }
  clearElectrodes(state, views, moment, book)
  fuse(parts, views, moment)
  if (judged) {
    const { infarction, st, memory, context, postures } = state
    judgeSt(infarction, Object.values(st), memory, context, moment, book, postures)
  }
}

/** Beats and heart rate of the device whose lead is the primary one: out of its leads together, or its only lead's own. */
function takeBeats(
  parts: CoreParts,
  views: readonly LeadView[],
  slices: readonly { readonly view: LeadView; readonly slice: LeadSlice }[],
  { device }: Moment,
): void {
  const { state, sink } = parts
  const beats = state.beats[device]
  if (beats === undefined) return
  const { electrodesOff } = state.devices
  const leads = views.every((view) => view.device === device) ? views : views.filter((view) => view.device === device)
  const primary = leads.find(({ key }) => key === state.primary)
  if (leads.length > 1) {
    const said = followTogether(beats, leads, primary?.key, electrodesOff)
    if (primary === undefined) return
    for (const beat of said.beats) sink.beat(device, primary.signal, beat)
    for (const [timeMs, bpm] of said.rates) takeRate(parts, device, timeMs, bpm)
    sink.saidUntil(device, primary.signal, said.saidUntilMs)
    return
  }
  for (const { view, slice } of slices) {
    followLone(beats, view)
    if (view !== primary) continue
    for (const output of slice.outputs) {
      if (output.kind === 'beat') sink.beat(device, view.signal, [output.timeMs, output.beatClass])
      else if (output.kind === 'beats-revised')
        sink.revisedBeats(device, view.signal, output.fromMs, output.toMs, output.beats)
      else if (output.kind === 'heart-rate') takeRate(parts, device, output.timeMs, output.bpm)
    }
    sink.saidUntil(device, view.signal, slice.seenUntilMs)
  }
}

function takeRate({ state, sink }: CoreParts, device: string, timeMs: number, bpm: number): void {
  sink.point(device, 'heartRate.ecg', timeMs, bpm)
  rememberEcgRate(state.memory, timeMs, bpm)
}

/** Rhythms come from the leads alone: once none of them says one, and what was open has been ended, there is nothing to fuse. */
function fuse({ state, book }: CoreParts, views: readonly LeadView[], moment: Moment): void {
  const { memory, devices, doubts, runs, primary, postures, infarction } = state
  const { electrodesOff } = devices
  const wasQuiet = state.isQuiet === true
  const waves = Object.values(state.pulseWaves)
  // A run that no lead says alone may be there in two of them together, or in one that the pulse bears out.
  if (views.length > 1 || waves.length > 0) followJointRun(runs, { leads: views, electrodesOff, waves }, moment.timeMs)
  state.isQuiet = runs.joint === undefined && views.every(({ rhythms }) => rhythms.length === 0)
  if (wasQuiet && state.isQuiet) return
  fuseRhythms({ leads: views, primary, electrodesOff, memory, waves, postures, doubts, runs }, moment, book)
  const arrest = followArrest(infarction.arrest, book, moment.timeMs)
  if (arrest !== undefined) infarction.arrest = arrest
}

/** False where the lead could not be believed. */
function takeSt(
  { state, book, sink }: CoreParts,
  view: LeadView,
  output: StOutput | undefined,
  moment: Moment,
): boolean {
  if (output === undefined) return false
  sink.point(view.device, `st.${view.lead}`, output.timeMs, output.levelMv)
  const st = (state.st[view.key] ??= createStState(view.device, view.signal, view.lead, output.timeMs))
  rememberMeasurement(st, output)
  const step = trackSt(st, output, elevationThresholdMv(view.lead, state.context, moment.timeMs))
  if (step?.kind === 'ended') book.end('st-episode', view.signal, step.endMs, moment)
  watchTurned(st, moment, book)
  return true
}

function hasNoStSegment(book: FindingBook): boolean {
  // One that another lead, or the pulse, contradicts is no reason to stop measuring.
  const types = ['ventricular-fibrillation', 'ventricular-tachycardia'] as const
  return types.some((type) => book.get(type)?.priority !== undefined)
}

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

function leadsOf(state: CoreState, device: string): number {
  return Object.values(state.leads).filter((view) => view.device === device).length
}
