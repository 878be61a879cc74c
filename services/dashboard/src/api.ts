import type {
  Alarm,
  AlarmVerdict,
  Finding,
  JsonValue,
  LimitProfile,
  Limits,
  Monitoring,
  Role,
} from '@pulsewire/contracts'
import type { DeviceRow, PatientRow } from './live/messages.ts'

/** What the API refused, by its stable code. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export interface Series {
  unit: string
  points: [number, number | string][]
}
export interface WaveSegments {
  name: string
  unit: string
  rateHz: number
  segments: { start: number; samples: (number | null)[] }[]
}
export interface NewPatient {
  name: string
  place?: string
  dateOfBirth?: string
  sex?: string
}

/** The calls of the HTTP contract that the screen uses; every one throws `ApiError`. */
export interface Api {
  signIn(user: string, password: string): Promise<{ user: string; roles: Role[] }>
  signOut(): Promise<void>
  patients(): Promise<PatientRow[]>
  createPatient(patient: NewPatient): Promise<{ id: string }>
  setLimits(patient: string, limits: Limits, expectedVersion: number, limitProfile?: LimitProfile): Promise<void>
  setMonitoring(patient: string, monitoring: Pick<Monitoring, 'state' | 'until'>): Promise<void>
  enterObservations(patient: string, vitals: Record<string, JsonValue>): Promise<void>
  vitals(
    patient: string,
    codes: readonly string[],
    fromMs: number,
    toMs: number,
    everyS: number,
  ): Promise<Record<string, Series>>
  waveforms(patient: string, signals: readonly string[], fromMs: number, toMs: number): Promise<WaveSegments[]>
  findings(patient: string, fromMs: number, toMs: number): Promise<Finding[]>
  activeAlarms(): Promise<Alarm[]>
  alarmsOf(patient: string, fromMs: number, toMs: number): Promise<Alarm[]>
  acknowledge(alarm: string): Promise<void>
  pause(alarm: string, durationMs: number): Promise<void>
  comment(alarm: string, text: string): Promise<void>
  /** Whether the alarm was right; the last word counts. */
  judge(alarm: string, verdict: AlarmVerdict): Promise<Alarm>
  devices(): Promise<DeviceRow[]>
  createDevice(device: { id?: string; model?: string }): Promise<{ id: string; credential: Credential }>
  associate(device: string, patient: string | null): Promise<void>
}

export interface Credential {
  username: string
  password: string
}

export function createApi(base = '/api/v1'): Api {
  const call = async <T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> => {
    const response = await fetch(`${base}${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const value: unknown = text === '' ? {} : JSON.parse(text)
    if (!response.ok) throw problemOf(response.status, value)
    return value as T
  }
  const get = <T>(path: string, query: Record<string, string> = {}) => {
    const search = new URLSearchParams(query).toString()
    return call<T>('GET', search === '' ? path : `${path}?${search}`)
  }
  const id = encodeURIComponent
  const range = (fromMs: number, toMs: number) => ({ from: String(Math.round(fromMs)), to: String(Math.round(toMs)) })

  return {
    signIn: (user, password) => call('POST', '/session', { user, password }),
    signOut: () => call('DELETE', '/session'),
    patients: async () => (await get<{ patients: PatientRow[] }>('/patients')).patients,
    createPatient: (patient) => call('POST', '/patients', patient),
    setLimits: (patient, limits, version, limitProfile) =>
      call('PATCH', `/patients/${id(patient)}`, {
        limits,
        version,
        ...(limitProfile === undefined ? {} : { limitProfile }),
      }),
    setMonitoring: (patient, monitoring) => call('PUT', `/patients/${id(patient)}/monitoring`, monitoring),
    enterObservations: (patient, vitals) => call('POST', `/patients/${id(patient)}/observations`, { vitals }),
    vitals: async (patient, codes, fromMs, toMs, everyS) => {
      const query = { codes: codes.join(','), ...range(fromMs, toMs), every: `${everyS}s`, fn: 'mean' }
      return (await get<{ series: Record<string, Series> }>(`/patients/${id(patient)}/vitals`, query)).series
    },
    waveforms: async (patient, signals, fromMs, toMs) => {
      const query = { signals: signals.join(','), ...range(fromMs, toMs) }
      return (await get<{ signals: WaveSegments[] }>(`/patients/${id(patient)}/waveforms`, query)).signals
    },
    findings: async (patient, fromMs, toMs) =>
      (await get<{ findings: Finding[] }>(`/patients/${id(patient)}/findings`, range(fromMs, toMs))).findings,
    activeAlarms: async () =>
      (await get<{ alarms: Alarm[] }>('/alarms', { state: 'active,acknowledged,latched' })).alarms,
    alarmsOf: async (patient, fromMs, toMs) =>
      (await get<{ alarms: Alarm[] }>('/alarms', { patient, ...range(fromMs, toMs) })).alarms,
    acknowledge: (alarm) => call('POST', `/alarms/${id(alarm)}/acknowledge`, {}),
    pause: (alarm, durationMs) => call('POST', `/alarms/${id(alarm)}/pause`, { seconds: durationMs / 1000 }),
    comment: (alarm, text) => call('POST', `/alarms/${id(alarm)}/comment`, { text }),
    judge: (alarm, verdict) => call('POST', `/alarms/${id(alarm)}/verdict`, { verdict }),
    devices: async () => (await get<{ devices: DeviceRow[] }>('/devices')).devices,
    createDevice: (device) => call('POST', '/devices', device),
    associate: (device, patient) => call('PUT', `/devices/${id(device)}/patient`, { patient }),
  }
}

function problemOf(status: number, value: unknown): ApiError {
  const problem = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const text = (field: string) => (typeof problem[field] === 'string' ? problem[field] : undefined)
  return new ApiError(
    status,
    text('code') ?? 'PW_INTERNAL',
    text('detail') ?? text('title') ?? `The server answered ${status}`,
  )
}

/** What went wrong, in words for the screen. */
export function messageOf(error: unknown): string {
  if (error instanceof ApiError) return error.message
  return error instanceof TypeError ? 'The server cannot be reached' : String(error)
}
