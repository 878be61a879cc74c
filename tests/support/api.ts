import { WebSocket } from 'ws'
import { ADMIN_PASSWORD, type TestStation } from './station.ts'

/** The API as a program uses it. */
export interface ApiClient {
  readonly token: string
  /** The answer's JSON; throws where the status is not 2xx. */
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T>
  /** The raw answer. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** What the live WebSocket says, until it is closed. */
  live(query?: string): Promise<LiveClient>
}

export interface LiveMessage {
  readonly type: string
  readonly [field: string]: unknown
}
export interface LiveClient {
  readonly messages: LiveMessage[]
  close(): void
}

/** Signs in and answers a client. */
export async function signIn(
  station: Pick<TestStation, 'url'>,
  user = 'admin',
  password = ADMIN_PASSWORD,
): Promise<ApiClient> {
  const base = `${station.url}/api/v1`
  const session = await fetch(`${base}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user, password }),
  })
  const { token } = await json<{ token: string }>(session, 'POST /session')
  const authorized = (init: RequestInit = {}): RequestInit => ({
    ...init,
    headers: { ...headersOf(init), authorization: `Bearer ${token}` },
  })
  return {
    token,
    fetch: (path, init) => fetch(`${base}${path}`, authorized(init)),
    call: async (method, path, body) => {
      const init =
        body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return json(await fetch(`${base}${path}`, authorized({ method, ...init })), `${method} ${path}`)
    },
    live: (query = '') => openLive(`${base.replace('http', 'ws')}/live${query}`, token),
  }
}

function headersOf(init: RequestInit): Record<string, string> {
  return Object.fromEntries(new Headers(init.headers).entries())
}

async function json<T>(response: Response, what: string): Promise<T> {
  const text = await response.text()
  if (!response.ok) throw new Error(`${what} answered ${response.status}: ${text}`)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

function openLive(url: string, token: string): Promise<LiveClient> {
  const messages: LiveMessage[] = []
  const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
  return new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      messages.push(JSON.parse(data.toString('utf8')) as LiveMessage)
    })
    socket.once('open', () => resolve({ messages, close: () => socket.close() }))
    socket.once('error', reject)
  })
}

/** Registers a patient and a device that the patient wears from an hour ago on. */
export async function admit(
  api: ApiClient,
  names: { patient: string; device: string; from?: number; place?: string },
): Promise<{ patient: string; device: string; credential: { username: string; password: string } }> {
  const { place } = names
  const patient = await api.call<{ id: string }>('POST', '/patients', {
    name: names.patient,
    ...(place === undefined ? {} : { place }),
  })
  const device = await api.call<{ id: string; credential: { username: string; password: string } }>(
    'POST',
    '/devices',
    {
      id: names.device,
    },
  )
  const from = names.from ?? Date.now() - 3_600_000
  await api.call('PUT', `/devices/${device.id}/patient`, { patient: patient.id, from })
  return { patient: patient.id, device: device.id, credential: device.credential }
}
