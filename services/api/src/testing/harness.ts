import {
  findingId,
  type Alarm,
  type AlarmEvent,
  type Role,
  type TelemetryHeaders,
  type UplinkMessage,
} from '@pulsewire/contracts'
import { encodeTelemetryHeaders } from '@pulsewire/contracts'
import { encodeUplink } from '@pulsewire/codec'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { startApi, type ApiOptions, type RunningApi } from '../index.ts'
import { createFakeStore, type FakeStoreData } from './fake-store.ts'

export const ADMIN_PASSWORD = 'correct horse battery'
export const PARTITIONS = 4

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: Record<string, unknown>
}

export interface CallOptions {
  /** Default: the administrator's. `null` = none. */
  readonly token?: string | null
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** An API on a log in memory and a fake store, with calls as a client makes them. */
export interface Harness {
  readonly api: RunningApi
  readonly log: EventLog
  readonly data: FakeStoreData
  readonly store: VitalsStore
  readonly origin: string
  readonly token: string
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>
  /** A token of a new user with this role. */
  tokenOf(role: Role): Promise<string>
  stop(): Promise<void>
}

export async function startHarness(
  options: Partial<ApiOptions> & { log?: EventLog; fake?: ReturnType<typeof createFakeStore>; now?: () => number } = {},
): Promise<Harness> {
  const { log = createMemoryEventLog({ partitions: PARTITIONS }), fake = createFakeStore(), now, ...rest } = options
  const api = await startApi(
    {
      log,
      store: fake.store,
      logger: createSilentLogger(),
      metrics: createMetrics('api'),
      ...(now === undefined ? {} : { now }),
    },
    {
      host: '127.0.0.1',
      port: 0,
      adminPassword: ADMIN_PASSWORD,
      validateAnswers: true,
      effectWithinMs: 300,
      signInsPerMinute: 1_000,
      ...rest,
    },
  )
  const origin = `http://127.0.0.1:${api.port}`
  const tokens = new Map<Role, string>()
  let own = ''

  const call: Harness['call'] = async (method, path, { token = own, body, headers = {} } = {}) => {
    const response = await fetch(`${origin}${path.startsWith('/') ? '' : '/api/v1/'}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : {} }
  }
  const signIn = async (user: string, password: string): Promise<string> => {
    const answer = await call('POST', 'session', { token: null, body: { user, password } })
    return String(answer.json['token'])
  }
  own = await signIn('admin', ADMIN_PASSWORD)

  return {
    api,
    log,
    data: fake.data,
    store: fake.store,
    origin,
    token: own,
    call,
    tokenOf: async (role) => {
      const known = tokens.get(role)
      if (known !== undefined) return known
      const password = `password of ${role}`
      await call('POST', 'users', { body: { name: `the-${role}`, password, roles: [role] } })
      const token = await signIn(`the-${role}`, password)
      tokens.set(role, token)
      return token
    },
    stop: async () => {
      await api.stop()
      await log.close()
    },
  }
}

/** Appends an uplink message as the edge does. */
export async function appendUplink(
  log: EventLog,
  uplink: UplinkMessage,
  headers: Partial<TelemetryHeaders> & { device: string },
): Promise<void> {
  const at = uplink.message.at ?? Date.now()
  const stamped: TelemetryHeaders = {
    kind: uplink.kind,
    at,
    time: at,
    clockOffsetMs: 0,
    receivedAt: at + 20,
    encoding: 'cbor',
    ...headers,
  }
  const value = encodeUplink(uplink, 'cbor')
  await log.append('telemetry', [
    { key: headers.patient ?? headers.device, headers: encodeTelemetryHeaders(stamped), value },
  ])
}

export async function appendJson(
  log: EventLog,
  topic: 'findings' | 'alarms' | 'staff-commands',
  key: string,
  headers: Record<string, string>,
  value: unknown,
): Promise<void> {
  await log.append(topic, [{ key, headers, value: Buffer.from(JSON.stringify(value)) }])
}

export function exampleAlarm(patient: string, onset: number, changes: Partial<Alarm> = {}): Alarm {
  return {
    id: findingId(patient, 'asystole', onset),
    patient,
    type: 'asystole',
    kind: 'physiological',
    priority: 'high',
    state: 'active',
    onset,
    raisedAt: onset + 100,
    escalation: 0,
    late: false,
    message: 'Asystole: call the team',
    evidence: { pauseMs: 4_200 },
    confidence: 0.9,
    quality: 1,
    rule: { name: 'asystole', version: '1' },
    comments: [],
    ...changes,
  }
}

export async function appendAlarmEvent(log: EventLog, event: AlarmEvent): Promise<void> {
  await appendJson(log, 'alarms', event.patient, { event: event.event }, event)
}
