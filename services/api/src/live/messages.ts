import { PROOF_PATIENT, isLate, type Alarm, type AlarmEvent } from '@pulsewire/contracts'
import { physicalText } from '../export/physical.ts'
import { withoutAlarm } from '../views/staff-view.ts'
import type { SystemStatus } from '../views/system-view.ts'
import type { Said } from './interpret.ts'

/**
 * A message as sockets get it. What it says is decoded and written down when the first socket wants it: most are of patients that nobody
 * watches just now. So `signals` and `text` throw where the record is unreadable.
 */
export interface LiveMessage {
  /** Sockets that watch other patients do not get it; `undefined` = of a device that nobody wears. */
  readonly patient: string | undefined
  /** For every socket, whatever it watches. */
  readonly toAll?: true
  /** For a block of samples: its signals. */
  readonly signals?: () => readonly string[]
  /** JSON; `wanted` narrows a block to these signals. */
  text(position: string, wanted?: ReadonlySet<string>): string
}

/** The message of what a record said; `undefined` where a screen has no use for it. */
export function messageOf(said: Said): LiveMessage | undefined {
  if (said.what === 'alarm' && said.event.patient === PROOF_PATIENT) return proofMessage(said.event)
  if (patientOf(said) === PROOF_PATIENT) return undefined
  switch (said.what) {
    case 'values': {
      const { patient, device, time, receivedAt, late, values } = said
      return plain(patient, { type: 'vitals', patient, device, time, receivedAt, late, vitals: values })
    }
    case 'waveform':
      return waveformMessage(said)
    case 'status': {
      const { headers, message } = said
      const { patient, device, receivedAt } = headers
      const { state, battery } = message
      return plain(patient, { type: 'status', device, patient, state, battery, time: receivedAt })
    }
    case 'finding':
      return plain(said.finding.patient, { type: 'finding', finding: said.finding })
    case 'beats':
      return written(said.patient, () => {
        const { patient, device, signal, from, to, beats } = said.beats()
        return { type: 'beats', patient, device, signal, from, to, beats }
      })
    case 'alarm': {
      const { patient, event, alarm, monitoring, at, by } = said.event
      if (alarm !== undefined) return plain(patient, { type: 'alarm', event, at, by, alarm, monitoring })
      return monitoring === undefined ? undefined : plain(patient, { type: 'status', patient, monitoring })
    }
    case 'refusal':
      // Why, tells `GET /devices/{id}/trouble` to whom it concerns.
      return { ...plain(undefined, { type: 'status', device: said.refusal.device, trouble: true }), toAll: true }
    case 'staff':
      return plain(said.command.patient, { type: 'action', action: withoutAlarm(said.command) })
    default:
      return undefined
  }
}

/** The synthetic patient is no patient to a screen: of it, a screen hears only that a proof came all the way. */
function proofMessage({ alarm, at }: AlarmEvent): LiveMessage | undefined {
  if (alarm?.type !== 'proof') return undefined
  return { ...plain(undefined, { type: 'proof', sentAt: alarm.evidence['sentAt'], at }), toAll: true }
}

function patientOf(said: Said): string | undefined {
  switch (said.what) {
    case 'values':
    case 'beats':
      return said.patient
    case 'waveform':
    case 'status':
    case 'life':
      return said.headers.patient
    case 'finding':
      return said.finding.patient
    case 'staff':
      return said.command.patient
    default:
      return undefined
  }
}

/** An alarm as it stands, for a socket that missed messages. */
export function alarmAsItStands(alarm: Alarm, at: number): LiveMessage {
  return plain(alarm.patient, { type: 'alarm', event: alarm.state === 'ended' ? 'ended' : 'updated', at, alarm })
}

export function systemText(system: SystemStatus, serverTime: number): string {
  return JSON.stringify({ type: 'status', system, serverTime })
}

function plain(patient: string | undefined, body: Record<string, unknown>): LiveMessage {
  return written(patient, () => body)
}

function written(patient: string | undefined, body: () => Record<string, unknown>): LiveMessage {
  const head = once(() => JSON.stringify(body()).slice(0, -1))
  return { patient, text: (position) => `${head()},"position":"${position}"}` }
}

function waveformMessage({ headers, block }: Extract<Said, { what: 'waveform' }>): LiveMessage {
  const { patient, device, time, receivedAt } = headers
  const decoded = once(block)
  const parts = once(() => {
    const { rateHz, signals } = decoded()
    return signals.map(({ name, unit, samples, scale, offset }) => ({
      name,
      body: once(
        () =>
          `${JSON.stringify({ name, unit, rateHz }).slice(0, -1)},"segments":[{"start":${time},"samples":[${physicalText(samples, scale, offset)}]}]}`,
      ),
    }))
  })
  return {
    patient,
    signals: () => decoded().signals.map(({ name }) => name),
    text: (position, wanted) => {
      const head = JSON.stringify({ type: 'waveform', patient, device, receivedAt, late: isLate(headers), position })
      const chosen = parts().filter(({ name }) => wanted === undefined || wanted.has(name))
      return `${head.slice(0, -1)},"signals":[${chosen.map(({ body }) => body()).join(',')}]}`
    },
  }
}

/** `make`, at the first call; the same again at the others. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
