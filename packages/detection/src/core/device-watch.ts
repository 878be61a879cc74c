import {
  PROOF_DEVICE,
  PROOF_EVENT,
  PROOF_ONSET_MS,
  type EventMessage,
  type StatusMessage,
  type TelemetryHeaders,
} from '@pulsewire/contracts'
import { ALARM_RULES } from '../priorities.ts'
import type { Moment } from '../types.ts'
import { clockTime, list } from '../words.ts'
import type { FindingBook } from './finding-book.ts'
import { rememberEvent, type VitalMemoryState } from './vital-memory.ts'

/** Presses closer together than this are one. */
const SAME_PRESS_MS = 5_000
/** Something that happened once stays open so long, so that it is seen; pressing again starts over. */
const BUTTON_OPEN_MS = 2 * 60_000
const FALL_OPEN_MS = 5 * 60_000
const BATTERY_LOW = 15
const BATTERY_VERY_LOW = 5
/** Charged again: not just a reading that wobbles. */
const BATTERY_GOOD = 20

/** What devices said of themselves. Plain data. */
export interface DeviceWatchState {
  /** Signals whose electrode is off, by device; `*` = all. */
  electrodesOff: Record<string, string[]>
  /** When a device last said that one is off. */
  saidOffMs: Record<string, number>
  /** Until when momentary findings stay open: [type, qualifier, time]. */
  momentary: { type: 'patient-button' | 'fall'; device: string; untilMs: number }[]
}

export function createDeviceWatchState(): DeviceWatchState {
  return { electrodesOff: {}, saidOffMs: {}, momentary: [] }
}

/** Takes an event message in. */
export function takeEvent(
  state: DeviceWatchState,
  memory: VitalMemoryState,
  message: EventMessage,
  moment: Moment,
  book: FindingBook,
): void {
  const { device, timeMs } = moment
  const { event, detail } = message
  rememberEvent(memory, { timeMs, event, ...(detail === undefined ? {} : { detail }) })
  switch (event) {
    case 'patient-button':
      raiseMomentary(state, 'patient-button', BUTTON_OPEN_MS, 'The patient pressed the button', detail, moment, book)
      break
    case 'fall':
      raiseMomentary(state, 'fall', FALL_OPEN_MS, 'The patient may have fallen', detail, moment, book)
      break
    case 'lead-off': {
      const off = new Set(state.electrodesOff[device]).add(signalOf(detail))
      state.saidOffMs[device] = timeMs
      setElectrodesOff(state, device, [...off].toSorted(), moment, book)
      break
    }
    case 'lead-on': {
      const signal = signalOf(detail)
      const before = state.electrodesOff[device] ?? []
      const left = signal === '*' ? [] : before.filter((other) => other !== signal && other !== '*')
      setElectrodesOff(state, device, left, moment, book)
      break
    }
    case PROOF_EVENT:
      if (device === PROOF_DEVICE) raiseProof(moment, book)
      break
    default:
      break
  }
}

/** Nothing is known of the synthetic patient but when its newest proof was sent. */
function raiseProof(moment: Moment, book: FindingBook): void {
  book.raise(
    {
      type: 'proof',
      onset: PROOF_ONSET_MS,
      device: moment.device,
      confidence: 1,
      quality: 1,
      priority: ALARM_RULES.proof.priority,
      message: 'The way from device to screen works',
      evidence: { sentAt: moment.timeMs },
      atOnce: true,
    },
    moment,
  )
}

/** A `lead-off` event names its signal in `detail` (`ecg.II`, or `II`); without one it means all electrodes of the device. */
function signalOf(detail: string | undefined): string {
  if (detail === undefined) return '*'
  const word = detail.trim()
  if (/^(ecg\.[A-Za-z0-9]{1,8}|ppg|resp|abp)$/.test(word)) return word
  return /^(I{1,3}|aV[RLF]|V[1-9]R?|ML?I{1,3}|single)$/.test(word) ? `ecg.${word}` : '*'
}

/** Sets which electrodes of a device are off: one finding for all of them. */
export function setElectrodesOff(
  state: DeviceWatchState,
  device: string,
  signals: readonly string[],
  moment: Moment,
  book: FindingBook,
): void {
  const qualifier = `${device}-electrode`
  if (signals.length === 0) {
    delete state.electrodesOff[device]
    book.end('lead-off', qualifier, moment.timeMs, moment)
    return
  }
  state.electrodesOff[device] = [...signals]
  const onset = book.get('lead-off', qualifier)?.onset ?? moment.timeMs
  const what = signals.includes('*') ? 'Electrodes are' : `Electrodes of ${list(signals)} are`
  book.raise(
    {
      type: 'lead-off',
      qualifier,
      onset,
      device,
      confidence: 1,
      quality: 1,
      priority: 'medium',
      message: `${what} off since ${clockTime(onset)} UTC: put them on again`,
      evidence: { signals: [...signals], saidBy: 'device' },
      atOnce: true,
    },
    moment,
  )
}

function raiseMomentary(
  state: DeviceWatchState,
  type: 'patient-button' | 'fall',
  openMs: number,
  words: string,
  detail: string | undefined,
  moment: Moment,
  book: FindingBook,
): void {
  const { device, timeMs } = moment
  const before = state.momentary.find((other) => other.type === type && other.device === device)
  // Who calls again is calling again, also when the first call was acknowledged: a finding of its own, which rings.
  if (before !== undefined && timeMs - (before.untilMs - openMs) >= SAME_PRESS_MS)
    book.end(type, device, timeMs, moment)
  state.momentary = state.momentary.filter((other) => other !== before)
  state.momentary.push({ type, device, untilMs: timeMs + openMs })
  book.raise(
    {
      type,
      qualifier: device,
      onset: timeMs,
      device,
      confidence: 1,
      quality: 1,
      priority: ALARM_RULES[type].priority,
      message: `${words} at ${clockTime(timeMs)} UTC: go to the patient`,
      evidence: { at: timeMs, ...(detail === undefined ? {} : { detail }) },
    },
    moment,
  )
}

/** Ends what was momentary and has been open long enough. */
export function endMomentary(state: DeviceWatchState, moment: Moment, book: FindingBook): void {
  const over = state.momentary.filter(({ device, untilMs }) => device === moment.device && moment.timeMs >= untilMs)
  if (over.length === 0) return
  for (const { type, device, untilMs } of over) book.end(type, device, untilMs, moment)
  state.momentary = state.momentary.filter((entry) => !over.includes(entry))
}

/** Takes a status message in: the battery. */
export function takeStatus(message: StatusMessage, moment: Moment, book: FindingBook): void {
  const { battery } = message
  if (battery === undefined) return
  const { device, timeMs } = moment
  if (battery < BATTERY_LOW) {
    book.raise(
      {
        type: 'battery-low',
        qualifier: device,
        onset: timeMs,
        device,
        confidence: 1,
        quality: 1,
        priority: battery < BATTERY_VERY_LOW ? 'medium' : ALARM_RULES['battery-low'].priority,
        message: `Battery of ${device} at ${Math.round(battery)} %: charge or change it`,
        evidence: { battery },
        atOnce: true,
      },
      moment,
    )
  } else if (battery >= BATTERY_GOOD) {
    book.end('battery-low', device, timeMs, moment)
  }
}

/** The device's clock is off while its times need correction. */
export function watchClock(headers: TelemetryHeaders, moment: Moment, book: FindingBook): void {
  const { device, clockOffsetMs } = headers
  if (clockOffsetMs === 0) return book.end('clock', device, moment.timeMs, moment)
  book.raise(
    {
      type: 'clock',
      qualifier: device,
      onset: moment.timeMs,
      device,
      confidence: 1,
      quality: 1,
      priority: ALARM_RULES.clock.priority,
      message: `The clock of ${device} is off by ${Math.round(clockOffsetMs / 1000)} s: its times are corrected`,
      evidence: { clockOffsetMs: Math.round(clockOffsetMs / 1000) * 1000 },
    },
    moment,
  )
}
