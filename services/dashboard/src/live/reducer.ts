import type { Alarm, Finding, Role } from '@pulsewire/contracts'
import { unitOf } from '@pulsewire/contracts/vitals'
import type { LatestValue, LiveMessage, PatientRow, StatusLive, VitalsLive } from './messages.ts'
import { type Connection, EMPTY_WARD, type HeardAlarm, type PatientState, type WardState } from './state.ts'

/** What may change the ward's state. `at` = this screen's clock, ms. */
export type WardAction =
  | { kind: 'message'; message: LiveMessage; at: number }
  | { kind: 'silence' }
  /** `startedAt` = the state's `heard` when the request was sent: what came since is newer than the answer. */
  | { kind: 'patients-loaded'; patients: PatientRow[] }
  | { kind: 'alarms-loaded'; alarms: Alarm[]; startedAt: number }
  | { kind: 'signed-in'; user: string; roles: readonly Role[] }
  | { kind: 'signed-out' }

const FINDINGS_KEPT = 50
/** The server tells its time each second. */
const CLOCK_OFFSETS_KEPT = 20
const CLOCK_SET_MS = 1000

/** The whole screen's state from what the server said: pure. */
export function reduceWard(state: WardState, action: WardAction): WardState {
  switch (action.kind) {
    case 'message':
      return reduceMessage(heard(state, action.at), action.message, action.at)
    case 'silence':
      return state.connection.phase === 'live'
        ? { ...state, connection: { ...state.connection, phase: 'lost' } }
        : state
    case 'patients-loaded':
      return { ...state, loaded: true, patients: loadPatients(state, action.patients) }
    case 'alarms-loaded':
      return { ...state, alarms: loadAlarms(state, action.alarms, action.startedAt) }
    case 'signed-in':
      return { ...state, user: action.user, roles: action.roles }
    case 'signed-out':
      return EMPTY_WARD
  }
}

function heard(state: WardState, at: number): WardState {
  return {
    ...state,
    heard: state.heard + 1,
    connection: { ...state.connection, phase: 'live', lastMessageAt: at },
  }
}

function reduceMessage(state: WardState, message: LiveMessage, at: number): WardState {
  switch (message.type) {
    case 'hello':
      return {
        ...state,
        user: message.user,
        roles: message.roles,
        connection: withServerTime(state.connection, message.serverTime - at),
        proof: { ...state.proof, watchedFrom: state.proof.watchedFrom ?? message.serverTime },
      }
    case 'proof':
      return { ...state, proof: { ...state.proof, sentAt: Math.max(message.sentAt, state.proof.sentAt ?? 0) } }
    case 'vitals':
      return withPatient(state, message.patient, (patient) => addVitals(patient, message))
    case 'alarm':
      return { ...state, alarms: withAlarm(state, message.alarm) }
    case 'finding':
      return { ...state, findings: withFinding(state, message.finding) }
    case 'status':
      return reduceStatus(state, message, at)
    case 'waveform':
    case 'beats':
    case 'action':
    case 'problem':
      return state
  }
}

function reduceStatus(state: WardState, message: StatusLive, at: number): WardState {
  let next = state
  if (message.serverTime !== undefined) {
    next = { ...next, connection: withServerTime(next.connection, message.serverTime - at) }
  }
  if (message.system) {
    const { ok, message: inWords, detail, proofEveryMs } = message.system
    next = { ...next, system: { ok, message: inWords, detail, proofEveryMs } }
  }
  if (message.registry) next = { ...next, registry: next.registry + 1 }
  if (message.dropped) {
    next = { ...next, connection: { ...next.connection, dropped: next.connection.dropped + message.dropped } }
  }
  const { patient, monitoring, device, state: deviceState, time, battery } = message
  if (patient !== undefined && monitoring) {
    next = withPatient(next, patient, (known) => ({ ...known, monitoring }))
  }
  if (device !== undefined && patient !== undefined && deviceState) {
    next = withPatient(next, patient, (known) => {
      const others = known.devices.filter((entry) => entry.id !== device)
      const entry = known.devices.find((entry) => entry.id === device) ?? { id: device }
      const changed = { ...entry, state: deviceState, battery: battery ?? entry.battery, lastSeenAt: time }
      return { ...known, devices: [...others, changed].sort((a, b) => a.id.localeCompare(b.id)) }
    })
  }
  return next
}

/** A message's way only makes the server's clock look slower: the largest of the last offsets is the nearest to the truth. */
function withServerTime(connection: Connection, offsetMs: number): Connection {
  // One of the two clocks was set: what was measured before says nothing any more.
  const isSet = Math.abs(offsetMs - connection.clockOffsetMs) > CLOCK_SET_MS
  const clockOffsetsMs = [...(isSet ? [] : connection.clockOffsetsMs), offsetMs].slice(-CLOCK_OFFSETS_KEPT)
  return { ...connection, clockOffsetsMs, clockOffsetMs: Math.max(...clockOffsetsMs) }
}

/** Of a device that nobody wears, no screen shows anything. */
function withPatient(
  state: WardState,
  id: string | undefined,
  change: (patient: PatientState) => PatientState,
): WardState {
  const known = id === undefined ? undefined : state.patients.get(id)
  if (id === undefined || !known) return state
  const changed = change(known)
  return changed === known ? state : { ...state, patients: new Map(state.patients).set(id, changed) }
}

/** A value takes the place of an older one only: late data never shows as if it were now. */
function addVitals(patient: PatientState, message: VitalsLive): PatientState {
  const fresh = Object.entries(message.vitals).filter(([code]) => (patient.values[code]?.time ?? 0) <= message.time)
  if (fresh.length === 0) return patient
  const values: Record<string, LatestValue> = { ...patient.values }
  for (const [code, value] of fresh) {
    values[code] = { value, unit: unitOf(code) ?? '', time: message.time, device: message.device }
  }
  return { ...patient, values }
}

function withAlarm(state: WardState, alarm: Alarm): ReadonlyMap<string, HeardAlarm> {
  const alarms = new Map(state.alarms)
  if (alarm.state === 'ended') alarms.delete(alarm.id)
  else alarms.set(alarm.id, { alarm, heard: state.heard })
  return alarms
}

function withFinding(state: WardState, finding: Finding): WardState['findings'] {
  const others = (state.findings.get(finding.patient) ?? []).filter((known) => known.id !== finding.id)
  const list = [finding, ...others].sort((a, b) => b.onset - a.onset).slice(0, FINDINGS_KEPT)
  return new Map(state.findings).set(finding.patient, list)
}

function loadPatients(state: WardState, rows: PatientRow[]): ReadonlyMap<string, PatientState> {
  return new Map(
    rows.map(({ latest, ...row }) => {
      const known = state.patients.get(row.id)
      const values = { ...known?.values }
      for (const [code, value] of Object.entries(latest)) {
        if ((values[code]?.time ?? 0) <= value.time) values[code] = value
      }
      return [row.id, { ...row, values }]
    }),
  )
}

function loadAlarms(state: WardState, loaded: Alarm[], startedAt: number): ReadonlyMap<string, HeardAlarm> {
  const alarms = new Map([...state.alarms].filter(([, entry]) => entry.heard > startedAt))
  for (const alarm of loaded) {
    if (alarm.state !== 'ended' && !alarms.has(alarm.id)) alarms.set(alarm.id, { alarm, heard: startedAt })
  }
  return alarms
}
