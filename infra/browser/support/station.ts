import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ROOT } from './browser.ts'

export const PASSWORD = 'browser-test-password'

export interface TestStation {
  readonly httpPort: number
  readonly mqttPort: number
  readonly startedAt: number
  /** Of `admin`: that of the tests, or the one that the station made up and printed. */
  readonly password: string
  stop(): Promise<void>
}

const START_MS = 90_000

/** A station of its own on free ports, with the demo's patients or empty; as a newcomer has it, it makes its password up. */
export async function startStation(demo: boolean, asNewcomer = false): Promise<TestStation> {
  const data = await mkdtemp(join(tmpdir(), 'pulsewire-browser-'))
  const child = spawn(process.execPath, [join(ROOT, 'services/station/start.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PULSEWIRE_DATA_DIR: data,
      PULSEWIRE_HTTP_PORT: '0',
      PULSEWIRE_MQTT_PORT: '0',
      PULSEWIRE_MQTTS_PORT: '0',
      ...(asNewcomer ? {} : { PULSEWIRE_ADMIN_PASSWORD: PASSWORD }),
      PULSEWIRE_DEMO: demo ? '1' : '0',
    },
  })
  const said: string[] = []
  child.stderr.on('data', (chunk: Buffer) => {
    said.push(chunk.toString())
    if (said.length > 200) said.shift()
  })
  const exited = new Promise<void>((done) => child.once('exit', () => done()))
  const stop = async () => {
    child.kill('SIGINT')
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000)
    await exited
    clearTimeout(late)
    await rm(data, { recursive: true, force: true })
  }
  const ready = new Promise<{ httpPort: number; mqttPort: number }>((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`The station did not start:\n${said.join('')}`)), START_MS)
    void exited.then(() => fail(new Error(`The station ended:\n${said.join('')}`)))
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('{"ready":true')) return
      clearTimeout(timer)
      done(JSON.parse(line) as { httpPort: number; mqttPort: number })
    })
  })
  try {
    const ports = await ready
    const printed = /admin \/ (\S+)/.exec(said.join(''))?.[1]
    if (asNewcomer && printed === undefined) throw new Error(`No password was printed:\n${said.join('')}`)
    return { ...ports, startedAt: Date.now(), password: printed ?? PASSWORD, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A wire between browser and station that can be held: nothing passes, nothing closes. */
export interface Wire {
  readonly port: number
  hold(): void
  /** Breaks every connection, as a cable that is pulled. */
  cut(): void
  release(): void
  stop(): Promise<void>
}

export async function startWire(target: number): Promise<Wire> {
  const sockets = new Set<Socket>()
  let held = false
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (held) from.pause()
    }
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    port: (server.address() as AddressInfo).port,
    hold() {
      held = true
      for (const socket of sockets) socket.pause()
    },
    release() {
      held = false
      for (const socket of sockets) socket.resume()
    },
    cut() {
      for (const socket of sockets) socket.destroy()
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((done) => server.close(done))
    },
  }
}
