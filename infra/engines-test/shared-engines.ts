import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startInflux, startKafka } from '../local/index.ts'

/** One Kafka and one InfluxDB on temporary data for all files of a run; each file takes a topic prefix and a bucket of its own. */
export async function setup(): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-engines-'))
  const [kafka, influx] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka'), temporary: true }),
    startInflux({ directory: join(directory, 'influxdb'), temporary: true }),
  ])
  process.env['PULSEWIRE_TEST_KAFKA_BROKERS'] = kafka.brokers.join(',')
  process.env['PULSEWIRE_TEST_INFLUX_URL'] = influx.url
  process.env['PULSEWIRE_TEST_INFLUX_TOKEN'] = influx.token
  process.env['PULSEWIRE_TEST_INFLUX_ORG'] = influx.org
  return async () => {
    await Promise.all([kafka.kill(), influx.kill()])
    rmSync(directory, { recursive: true, force: true })
  }
}
