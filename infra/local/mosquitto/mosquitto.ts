import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import { createEngine, type Engine } from '../engine-process.ts'
import { freePort } from '../ports.ts'
import { installMosquitto } from './install.ts'

const CONNECT_TIMEOUT_MS = 2_000
/** MQTT 3.1.1 CONNECT of a client without a name, clean session, no keep-alive. */
const CONNECT = Buffer.from([0x10, 12, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 0])
const CONNACK = 0x20

export interface MosquittoOptions {
  /** Settings, log, and its persistence file where `config` asks for one (`persistence true`). */
  readonly directory: string
  /** Lines for mosquitto.conf after the listener and `persistence_location`. Default: anybody may connect. */
  readonly config?: string
  readonly temporary?: boolean
}

export interface LocalMosquitto extends Engine {
  readonly url: string
  readonly port: number
}

export async function startMosquitto(options: MosquittoOptions): Promise<LocalMosquitto> {
  const { command, libraryPath } = await installMosquitto()
  const directory = resolve(options.directory)
  mkdirSync(directory, { recursive: true })
  const port = await portOf(directory)
  const configFile = join(directory, 'mosquitto.conf')
  // Started as root it would otherwise become a user who may not write here.
  const base = [`listener ${port} 127.0.0.1`, `persistence_location ${directory}/`, `user ${userName()}`]
  writeFileSync(configFile, `${[...base, options.config ?? 'allow_anonymous true'].join('\n')}\n`)
  const engine = createEngine({
    name: 'mosquitto',
    directory,
    command,
    args: ['-c', configFile],
    ready: () => sayHello(port),
    ...(libraryPath === undefined ? {} : { env: { LD_LIBRARY_PATH: libraryPath } }),
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
  await engine.start()
  return Object.assign(engine, { url: `mqtt://127.0.0.1:${port}`, port })
}

async function portOf(directory: string): Promise<number> {
  const file = join(directory, 'port')
  if (!existsSync(file)) writeFileSync(file, `${await freePort()}\n`)
  return Number(readFileSync(file, 'utf8'))
}

function userName(): string {
  return process.getuid?.() === 0 ? 'root' : 'nobody'
}

/** Any CONNACK will do: one that refuses us comes from a broker that serves. */
async function sayHello(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.setTimeout(CONNECT_TIMEOUT_MS, () => socket.destroy(new Error('no answer')))
  try {
    socket.write(CONNECT)
    const [answer] = await once(socket, 'data')
    if (!Buffer.isBuffer(answer) || answer[0] !== CONNACK) throw new Error('the answer is no CONNACK')
  } finally {
    socket.destroy()
  }
}
