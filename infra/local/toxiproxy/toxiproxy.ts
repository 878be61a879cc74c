import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createEngine, type Engine } from '../engine-process.ts'
import { freePort } from '../ports.ts'
import { installToxiproxy } from './install.ts'

const REQUEST_TIMEOUT_MS = 5_000

/** What a proxy can do to a connection; Toxiproxy's own names and attributes. */
export interface Toxic {
  readonly name: string
  readonly type: 'latency' | 'bandwidth' | 'slow_close' | 'timeout' | 'reset_peer' | 'slicer' | 'limit_data'
  /** upstream = from the client to the server. */
  readonly stream: 'upstream' | 'downstream'
  readonly attributes: Readonly<Record<string, number>>
}

/** One TCP way to a server, which can be disturbed. */
export interface Proxy {
  readonly host: string
  readonly port: number
  /** host:port */
  readonly address: string
  /** Closes all connections and refuses new ones. */
  cut(): Promise<void>
  /** The end of `cut`. */
  mend(): Promise<void>
  add(toxic: Toxic): Promise<void>
  remove(name: string): Promise<void>
  /** Nothing goes through either way, and nothing closes, until `remove('hang-…')` or `heal`. */
  hang(): Promise<void>
  /** Removes every toxic. Toxiproxy closes the connections that hung. */
  heal(): Promise<void>
}

export interface LocalToxiproxy extends Engine {
  /** `port`: where it listens (chosen before, where the server must be told of it); default any. `upstream`: host:port. */
  proxy(name: string, upstream: string, port?: number): Promise<Proxy>
}

export async function startToxiproxy(options: {
  readonly directory: string
  readonly temporary?: boolean
}): Promise<LocalToxiproxy> {
  const command = await installToxiproxy()
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true })
  const configFile = join(directory, 'proxies.json')
  writeFileSync(configFile, '[]\n')
  const api = await freePort()
  const engine = createEngine({
    name: 'toxiproxy',
    directory,
    command,
    args: ['-host', '127.0.0.1', '-port', String(api), '-config', configFile],
    ready: () => request(api, 'GET', '/version'),
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
  await engine.start()
  return Object.assign(engine, {
    proxy: async (name: string, upstream: string, port?: number) => {
      const listen = port ?? (await freePort())
      await request(api, 'POST', '/proxies', { name, listen: `127.0.0.1:${listen}`, upstream, enabled: true })
      return proxyOf(api, name, listen)
    },
  })
}

function proxyOf(api: number, name: string, port: number): Proxy {
  const path = `/proxies/${encodeURIComponent(name)}`
  const toxics = new Set<string>()
  const add = async (toxic: Toxic): Promise<void> => {
    await request(api, 'POST', `${path}/toxics`, { ...toxic, toxicity: 1 })
    toxics.add(toxic.name)
  }
  const remove = async (toxic: string): Promise<void> => {
    await request(api, 'DELETE', `${path}/toxics/${encodeURIComponent(toxic)}`)
    toxics.delete(toxic)
  }
  return {
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    cut: () => request(api, 'POST', path, { enabled: false }),
    mend: () => request(api, 'POST', path, { enabled: true }),
    add,
    remove,
    hang: async () => {
      // timeout 0: data stops, and the connection stays open until the toxic is removed.
      const hanging = { type: 'timeout', attributes: { timeout: 0 } } as const
      await add({ name: 'hang-upstream', stream: 'upstream', ...hanging })
      await add({ name: 'hang-downstream', stream: 'downstream', ...hanging })
    },
    heal: async () => {
      for (const toxic of toxics) await remove(toxic)
    },
  }
}

async function request(port: number, method: string, path: string, body?: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`Toxiproxy answers ${method} ${path} with ${answer.status}: ${text}`)
}
