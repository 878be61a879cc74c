import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import {
  startInflux,
  startKafka,
  startMosquitto,
  startTelegraf,
  type Engine,
  type LocalInfluxdb,
  type LocalKafka,
  type LocalMosquitto,
} from '../../../infra/local/index.ts'
import { strangers, whenSteady, type Pipeline, type PipelineOptions } from './pipeline.ts'

/** Kept on disk, as its manual offers: written out after so many changes (after each one it would take the machine alone). */
const MOSQUITTO = [
  'allow_anonymous true',
  'persistence true',
  'autosave_on_changes true',
  'autosave_interval 1000',
  'max_queued_messages 0',
  'max_inflight_messages 1000',
].join('\n')

const AGENT = `[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_batch_size = 5000
  metric_buffer_limit = 1000000
  omit_hostname = true
`
/** With a session that Mosquitto keeps, and acknowledged when the output has taken the message. */
const fromMosquitto = ({ port }: LocalMosquitto): string => `[[inputs.mqtt_consumer]]
  servers = ["tcp://127.0.0.1:${port}"]
  topics = ["bsn/v1/+/waveform", "bsn/v1/+/vitals"]
  qos = 1
  persistent_session = true
  client_id = "telegraf"
  max_undelivered_messages = 20000
  data_format = "influx"
`
const toInflux = ({ url, token, org, bucket }: LocalInfluxdb): string => `[[outputs.influxdb_v2]]
  urls = ["${url}"]
  token = "${token}"
  organization = "${org}"
  bucket = "${bucket}"
`
/** Kafka 4 no longer speaks what Telegraf's client speaks unasked. */
const PROTOCOL = '3.6.0'
const toKafka = ({ brokers }: LocalKafka): string => `[[outputs.kafka]]
  brokers = ["${brokers.join('", "')}"]
  topic = "telemetry"
  version = "${PROTOCOL}"
  routing_tag = "topic"
  required_acks = -1
  data_format = "influx"
`
const fromKafka = ({ brokers }: LocalKafka): string => `[[inputs.kafka_consumer]]
  brokers = ["${brokers.join('", "')}"]
  topics = ["telemetry"]
  version = "${PROTOCOL}"
  consumer_group = "telegraf"
  offset = "oldest"
  max_undelivered_messages = 20000
  data_format = "influx"
`

/** Mosquitto with persistence, Telegraf, InfluxDB. */
export async function mosquittoTelegraf({ directory, devices }: PipelineOptions): Promise<Pipeline> {
  const influx = await startInflux({ directory: join(directory, 'influx'), temporary: true })
  const mosquitto = await startPersistent(directory)
  const telegraf = await startTelegraf({
    directory: join(directory, 'telegraf'),
    config: AGENT + fromMosquitto(mosquitto) + toInflux(influx),
    temporary: true,
  })
  return assembled('Mosquitto + Telegraf → InfluxDB', mosquitto, influx, { influx, mosquitto, telegraf }, devices)
}

/** Mosquitto with persistence, a Telegraf into Kafka, another out of it, InfluxDB. */
export async function mosquittoKafkaTelegraf({ directory, devices }: PipelineOptions): Promise<Pipeline> {
  const influx = await startInflux({ directory: join(directory, 'influx'), temporary: true })
  const kafka = await startKafka({ directory: join(directory, 'kafka'), temporary: true })
  await createTopic(kafka)
  const mosquitto = await startPersistent(directory)
  const bridge = await startTelegraf({
    directory: join(directory, 'bridge'),
    config: AGENT + fromMosquitto(mosquitto) + toKafka(kafka),
    temporary: true,
  })
  const telegraf = await startTelegraf({
    directory: join(directory, 'telegraf'),
    config: AGENT + fromKafka(kafka) + toInflux(influx),
    temporary: true,
  })
  const engines = { influx, kafka, mosquitto, bridge, telegraf }
  return assembled('Mosquitto + Telegraf → Kafka → Telegraf → InfluxDB', mosquitto, influx, engines, devices)
}

function startPersistent(directory: string): Promise<LocalMosquitto> {
  return startMosquitto({ directory: join(directory, 'mosquitto'), config: MOSQUITTO, temporary: true })
}

/** As many partitions as ours have. */
async function createTopic({ brokers }: LocalKafka): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic: 'telemetry', numPartitions: 8 }] })
  await admin.disconnect()
}

/** `engines` in the order in which they are started. */
function assembled(
  name: string,
  { url }: LocalMosquitto,
  influx: LocalInfluxdb,
  engines: Readonly<Record<string, Engine>>,
  devices: number,
): Pipeline {
  return {
    name,
    mqttUrl: url,
    credentials: strangers(devices),
    payload: 'line-protocol',
    pids: () => Object.fromEntries(Object.entries(engines).map(([part, { pid }]) => [part, pid ?? 0])),
    killAndRestart: async () => {
      await Promise.all(Object.values(engines).map((engine) => engine.kill()))
      for (const engine of Object.values(engines)) await engine.start()
    },
    stored: () => whenSteady(() => countOf(influx)),
    stop: async () => {
      for (const engine of Object.values(engines).toReversed()) await engine.kill()
    },
  }
}

/** One field of each message is counted. */
const COUNT = (bucket: string): string => `from(bucket: "${bucket}") |> range(start: 0)
  |> filter(fn: (r) => (r._measurement == "waveform" and r._field == "rateHz") or (r._measurement == "vitals" and r._field == "heartRate"))
  |> group() |> count()`

async function countOf({ url, token, org, bucket }: LocalInfluxdb): Promise<number> {
  const answer = await fetch(`${url}/api/v2/query?org=${org}`, {
    method: 'POST',
    headers: { authorization: `Token ${token}`, 'content-type': 'application/vnd.flux', accept: 'application/csv' },
    body: COUNT(bucket),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`InfluxDB answered ${answer.status}: ${text}`)
  const [head = '', row = ''] = text.trim().split(/\r?\n/)
  return Number(row.split(',')[head.split(',').indexOf('_value')] ?? 0)
}
