import {
  monitoringEnds,
  type Finding,
  type StaffCommand,
  type TelemetryHeaders,
  type UplinkMessage,
} from '@pulsewire/contracts'
import { median } from '@pulsewire/early-warning'
import { createFindingBook, createFindingBookState, type FindingBookState } from './core/finding-book.ts'
import { ALARM_RULES } from './priorities.ts'
import type { Moment, PatientContext } from './types.ts'
import { clockTime } from './words.ts'

/** A device that is worn and says nothing for so long (wall clock) is missed. */
const SILENT_AFTER_MS = 15_000
/** A broken connection is given so long to come back: a takeover by a new one looks the same for a moment. */
const OFFLINE_AFTER_MS = 3_000
/** One that never said anything is given so long after it was put on. */
const FIRST_AFTER_MS = 60_000
/** One that reports seldom (a glucose sensor) is missed after so many of its usual intervals. */
const MISSED_INTERVALS = 2.5
const KEEP_GAPS = 8

/** Who was heard when. Plain data; times are those of receipt. */
export interface SilenceState {
  devices: Record<string, { lastMs: number; position: string; gaps: number[]; offlineMs?: number | undefined }>
  monitoring: { state: 'on' | 'standby' | 'discharged'; untilMs?: number | undefined }
  book: FindingBookState
}

export function createSilenceState(): SilenceState {
  return { devices: {}, monitoring: { state: 'on' }, book: createFindingBookState() }
}

/**
 * Watches for devices that fall silent. It goes by arrival, not by event time: what was not there when it should have been is not
 * changed by its coming later.
 */
export interface SilenceWatch {
  heard(headers: TelemetryHeaders, uplink: UplinkMessage, position: string): Finding[]
  monitoring(command: Extract<StaffCommand, { type: 'monitoring' }>): void
  tick(nowMs: number, context: PatientContext, watchingSinceMs: number): Finding[]
}

export function createSilenceWatch(patient: string, state: SilenceState): SilenceWatch {
  const book = createFindingBook(patient, state.book)

  const raise = (device: string, onset: number, words: string, why: string, moment: Moment): void =>
    book.raise(
      {
        type: 'no-data',
        qualifier: device,
        onset,
        device,
        confidence: 1,
        quality: 1,
        priority: ALARM_RULES['no-data'].priority,
        message: `No data from ${device} since ${clockTime(onset)} UTC: ${words}`,
        evidence: { lastHeard: state.devices[device]?.lastMs ?? null, why },
      },
      moment,
    )

  return {
    heard: (headers, uplink, position) => {
      const { device, receivedAt } = headers
      const moment: Moment = { timeMs: receivedAt, late: false, position, device }
      const entry = (state.devices[device] ??= { lastMs: receivedAt, position, gaps: [] })
      if (uplink.kind === 'status' && uplink.message.state === 'offline') {
        // Said after it was heard last: a will that comes late says nothing new.
        if (receivedAt >= entry.lastMs) entry.offlineMs = receivedAt
        return []
      }
      if (receivedAt > entry.lastMs) {
        entry.gaps.push(receivedAt - entry.lastMs)
        if (entry.gaps.length > KEEP_GAPS) entry.gaps.shift()
        entry.lastMs = receivedAt
      }
      entry.position = position
      entry.offlineMs = undefined
      book.end('no-data', device, receivedAt, moment)
      return book.drain()
    },
    monitoring: (command) => {
      const untilMs = monitoringEnds(command, command.at)
      state.monitoring = { state: command.state, ...(untilMs === undefined ? {} : { untilMs }) }
    },
    tick: (nowMs, context, watchingSinceMs) => {
      const { monitoring } = state
      if (monitoring.untilMs !== undefined && nowMs >= monitoring.untilMs) state.monitoring = { state: 'on' }
      const worn = new Map(context.devices.map(({ id, since }) => [id, since]))
      for (const { device, onset } of book.all()) {
        if (device === undefined || (worn.has(device) && state.monitoring.state === 'on')) continue
        const position = state.devices[device]?.position ?? ''
        book.end('no-data', device, Math.max(onset, nowMs), { timeMs: nowMs, late: false, position, device })
      }
      if (state.monitoring.state !== 'on') return book.drain()
      for (const [device, since] of worn) {
        const known = state.devices[device]
        // The server's clock was set back: silence counts from now, not from when the old time is reached again.
        if (known !== undefined) known.lastMs = Math.min(known.lastMs, nowMs)
        if (known?.offlineMs !== undefined) known.offlineMs = Math.min(known.offlineMs, nowMs)
        const position = known?.position ?? `registry/${device}`
        const moment: Moment = { timeMs: nowMs, late: false, position, device }
        if (known?.offlineMs !== undefined) {
          const onset = Math.max(known.offlineMs, since)
          if (nowMs - Math.max(onset, watchingSinceMs) >= OFFLINE_AFTER_MS)
            raise(device, onset, 'the connection is gone, check the device and its link', 'offline', moment)
        } else if (known === undefined || known.lastMs < since) {
          if (nowMs - Math.max(since, watchingSinceMs) > FIRST_AFTER_MS)
            raise(device, since, 'nothing has come yet, check that it is switched on and in range', 'never', moment)
        } else if (isSilent(nowMs - Math.max(known.lastMs, watchingSinceMs), known.gaps)) {
          raise(device, known.lastMs, 'check the device and its link', 'silent', moment)
        }
      }
      return book.drain()
    },
  }
}

function isSilent(forMs: number, gaps: readonly number[]): boolean {
  return forMs > SILENT_AFTER_MS && forMs > MISSED_INTERVALS * (median(gaps) ?? 0)
}
