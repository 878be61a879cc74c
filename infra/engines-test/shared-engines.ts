import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startInflux, startKafka } from '../local/index.ts'

const { env } = process

/**
 * One Kafka and one InfluxDB on temporary data for all files of a run; each file takes a topic prefix and a bucket of its own. Where the
 * environment names engines already, those are used: a cluster elsewhere is tested like this.
 */
export async function setup(): Promise<() => Promise<void>> {
  const stops = await Promise.all([shareKafka(), shareInflux()])
  return async () => {
    await Promise.all(stops.map((stop) => stop()))
  }
}

async function shareKafka(): Promise<() => Promise<void>> {
  if (env['PULSEWIRE_TEST_KAFKA_BROKERS'] !== undefined) return async () => {}
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-engines-kafka-'))
  const kafka = await startKafka({ directory, temporary: true })
  env['PULSEWIRE_TEST_KAFKA_BROKERS'] = kafka.brokers.join(',')
  return () => kafka.kill().then(() => rmSync(directory, { recursive: true, force: true }))
}

async function shareInflux(): Promise<() => Promise<void>> {
  if (env['PULSEWIRE_TEST_INFLUX_URL'] !== undefined) return async () => {}
  const directory = mkdtempSync(join(tmpdir(), 'pulsewire-engines-influxdb-'))
  const influx = await startInflux({ directory, temporary: true })
  env['PULSEWIRE_TEST_INFLUX_URL'] = influx.url
  env['PULSEWIRE_TEST_INFLUX_TOKEN'] = influx.token
  env['PULSEWIRE_TEST_INFLUX_ORG'] = influx.org
  return () => influx.kill().then(() => rmSync(directory, { recursive: true, force: true }))
}
