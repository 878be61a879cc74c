// `npm run engines:up`, `engines:down [-- --wipe]`; also status, and fetch (which fills the cache and starts nothing).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createEngine } from './engine-process.ts'
import { installInfluxdb } from './influxdb/install.ts'
import { startInflux } from './influxdb/influxdb.ts'
import { fetchKafka, startKafka } from './kafka/kafka.ts'
import { installMosquitto } from './mosquitto/install.ts'
import { recordedPid } from './pids.ts'
import { installTelegraf } from './telegraf/install.ts'
import { installToxiproxy } from './toxiproxy/install.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const HOME = join(ROOT, '.engines')
/** Lines NAME=value, for `npm start -- --engines` and for a shell. */
const ENVIRONMENT_FILE = join(HOME, 'env')
const KAFKA_PORT = 9092
const INFLUX_PORT = 8086
/** By the names of their pid files. */
const ENGINES = ['kafka', 'influxd'] as const

async function up(): Promise<void> {
  // Both to their end: where one fails, the other is not left half started.
  const [kafka, influx] = await both(
    startKafka({ directory: join(HOME, 'kafka'), port: KAFKA_PORT, outlives: true }),
    startInflux({ directory: join(HOME, 'influxd'), port: INFLUX_PORT, outlives: true }),
  )
  const environment = [
    'PULSEWIRE_LOG=kafka',
    `PULSEWIRE_KAFKA_BROKERS=${kafka.brokers.join(',')}`,
    'PULSEWIRE_STORE=influxdb',
    `PULSEWIRE_INFLUX_URL=${influx.url}`,
    `PULSEWIRE_INFLUX_TOKEN=${influx.token}`,
    `PULSEWIRE_INFLUX_ORG=${influx.org}`,
    `PULSEWIRE_INFLUX_BUCKET=${influx.bucket}`,
  ]
  mkdirSync(HOME, { recursive: true })
  writeFileSync(ENVIRONMENT_FILE, `${environment.join('\n')}\n`, { mode: 0o600 })
  process.stdout.write(`${environment.join('\n')}\n`)
  process.stderr.write(`Kafka (process ${kafka.pid}) and InfluxDB (process ${influx.pid}) serve.\n`)
  process.stderr.write(`The lines above are in ${relative(process.cwd(), ENVIRONMENT_FILE)}: npm start -- --engines\n`)
}

async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other])
  return Promise.all([one, other])
}

async function down(wipe: boolean): Promise<void> {
  for (const name of ENGINES) {
    const directory = join(HOME, name)
    const pid = pidOf(name)
    if (pid === undefined) process.stderr.write(`${name} does not run\n`)
    else {
      const engine = createEngine({ name, directory, command: '', args: [], ready: async () => {} })
      await engine.stop()
      process.stderr.write(`${name} stopped\n`)
    }
  }
  rmSync(ENVIRONMENT_FILE, { force: true })
  if (wipe) rmSync(HOME, { recursive: true, force: true })
}

function status(): void {
  for (const name of ENGINES) {
    const pid = pidOf(name)
    process.stdout.write(`${name}: ${pid === undefined ? 'down' : `up, process ${pid}`}\n`)
  }
}

async function fetchAll(): Promise<void> {
  // The slowest first; the others beside it.
  await both(installInfluxdb(), fetchKafka().then(installToxiproxy).then(installMosquitto).then(installTelegraf))
}

function pidOf(name: string): number | undefined {
  return recordedPid(join(HOME, name, `${name}.pid`), `${join(HOME, name)}/`)
}

async function main([command = '', ...flags]: readonly string[]): Promise<void> {
  if (command === 'up') await up()
  else if (command === 'down') await down(flags.includes('--wipe'))
  else if (command === 'status') status()
  else if (command === 'fetch') await fetchAll()
  else throw new Error('usage: up | down [--wipe] | status | fetch')
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
