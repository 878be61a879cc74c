// `npm run engines:up`, `engines:down [-- --wipe]`; also status, and fetch (which fills the cache and starts nothing).
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { createEngine } from './engine-process.ts'
import { installInfluxdb } from './influxdb/install.ts'
import { startInflux } from './influxdb/influxdb.ts'
import { fetchKafka, startKafka } from './kafka/kafka.ts'
import { installMosquitto } from './mosquitto/install.ts'
import { recordedPid } from './pids.ts'
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
  const [kafka, influx] = await Promise.all([
    startKafka({ directory: join(HOME, 'kafka'), port: KAFKA_PORT, outlives: true }),
    startInflux({ directory: join(HOME, 'influxd'), port: INFLUX_PORT, outlives: true }),
  ])
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
  await Promise.all([installInfluxdb(), fetchKafka().then(installToxiproxy).then(installMosquitto)])
}

function pidOf(name: string): number | undefined {
  return recordedPid(join(HOME, name, `${name}.pid`), `${join(HOME, name)}/`)
}

const [command = '', ...flags] = process.argv.slice(2)
if (command === 'up') await up()
else if (command === 'down') await down(flags.includes('--wipe'))
else if (command === 'status') status()
else if (command === 'fetch') await fetchAll()
else {
  process.stderr.write('usage: up | down [--wipe] | status | fetch\n')
  process.exitCode = 2
}
