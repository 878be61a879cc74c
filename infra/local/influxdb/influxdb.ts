import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createEngine, type Engine } from '../engine-process.ts'
import { freePort, freePortNear } from '../ports.ts'
import { installInfluxdb } from './install.ts'

const ORG = 'pulsewire'
const BUCKET = 'pulsewire'
const USER = 'pulsewire'
const REQUEST_TIMEOUT_MS = 5_000

export interface InfluxdbOptions {
  /** Data, log, settings. What is there already is kept and used, with its port and token. */
  readonly directory: string
  /** Wished port of new data; another is taken where it is not free. Default any. */
  readonly port?: number
  readonly outlives?: boolean
  readonly temporary?: boolean
}

/** How a set-up InfluxDB is reached. The token may do everything. */
export interface InfluxdbAccess {
  readonly url: string
  readonly port: number
  readonly token: string
  readonly org: string
  readonly bucket: string
}

export interface LocalInfluxdb extends Engine, InfluxdbAccess {}

export async function startInflux(options: InfluxdbOptions): Promise<LocalInfluxdb> {
  const influxd = await installInfluxdb()
  const directory = resolve(options.directory)
  const access = await accessOf(directory, options.port)
  const engine = createEngine({
    name: 'influxd',
    directory,
    command: influxd,
    args: [
      `--http-bind-address=127.0.0.1:${access.port}`,
      `--bolt-path=${join(directory, 'influxd.bolt')}`,
      `--sqlite-path=${join(directory, 'influxd.sqlite')}`,
      `--engine-path=${join(directory, 'engine')}`,
      '--log-level=warn',
      '--reporting-disabled',
    ],
    ready: async () => {
      await request(access, 'GET', '/health')
      await setUp(access)
      await request(access, 'GET', `/api/v2/buckets?name=${BUCKET}`)
    },
    ...(options.outlives === undefined ? {} : { outlives: options.outlives }),
    ...(options.temporary === undefined ? {} : { temporary: options.temporary }),
  })
  await engine.start()
  return Object.assign(engine, access)
}

async function accessOf(directory: string, port?: number): Promise<InfluxdbAccess> {
  const file = join(directory, 'access')
  if (!existsSync(file)) {
    mkdirSync(directory, { recursive: true })
    const chosen = port === undefined ? await freePort() : await freePortNear(port)
    // Whole or not at all: the data is of no use without its token.
    writeFileSync(`${file}.new`, `${chosen} ${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
    renameSync(`${file}.new`, file)
  }
  const [known = '', token = ''] = readFileSync(file, 'utf8').trim().split(' ')
  return { url: `http://127.0.0.1:${known}`, port: Number(known), token, org: ORG, bucket: BUCKET }
}

/** Makes organisation, bucket and token on new data. */
async function setUp(access: InfluxdbAccess): Promise<void> {
  const { allowed } = JSON.parse(await request(access, 'GET', '/api/v2/setup')) as { allowed: boolean }
  if (!allowed) return
  const { org, bucket, token } = access
  const password = randomBytes(16).toString('base64url')
  const body = JSON.stringify({ username: USER, password, org, bucket, token, retentionPeriodSeconds: 0 })
  await request(access, 'POST', '/api/v2/setup', body)
}

async function request({ url, token }: InfluxdbAccess, method: string, path: string, body?: string): Promise<string> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    ...(body === undefined ? {} : { body }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`InfluxDB answers ${method} ${path} with ${answer.status}: ${text}`)
  return text
}
