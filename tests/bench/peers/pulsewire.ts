import { join } from 'node:path'
import { openEventLog } from '@pulsewire/event-log'
import { z } from 'zod'
import { startInflux, startKafka } from '../../../infra/local/index.ts'
import { signIn } from '../../support/api.ts'
import { startStation } from '../../support/station.ts'
import { processFigures } from '../bed/processes.ts'
import { registerInDirectory, registerWearables, type Wearable } from '../bed/wearables.ts'
import { whenSteady, type Pipeline, type PipelineOptions } from './pipeline.ts'

const ledgerShape = z.object({ stored: z.number() })

/** Pulsewire by itself: its own log and store, with all of its detection. */
export async function pulsewireEmbedded({ directory, devices }: PipelineOptions): Promise<Pipeline> {
  const wearables = await registerInDirectory(directory, devices)
  return station('Pulsewire, embedded', directory, wearables, {}, {})
}

/** Pulsewire on Kafka and InfluxDB, one broker of each. */
export async function pulsewireOnEngines({ directory, devices }: PipelineOptions): Promise<Pipeline> {
  const kafka = await startKafka({ directory: join(directory, 'kafka'), temporary: true })
  const influx = await startInflux({ directory: join(directory, 'influx'), temporary: true })
  const log = await openEventLog({ kind: 'kafka', clientId: 'bench', brokers: kafka.brokers })
  const wearables = await registerWearables(log, devices)
  await log.close()
  const env = {
    PULSEWIRE_LOG: 'kafka',
    PULSEWIRE_KAFKA_BROKERS: kafka.brokers.join(),
    PULSEWIRE_STORE: 'influxdb',
    PULSEWIRE_INFLUX_URL: influx.url,
    PULSEWIRE_INFLUX_TOKEN: influx.token,
    PULSEWIRE_INFLUX_ORG: influx.org,
    PULSEWIRE_INFLUX_BUCKET: influx.bucket,
  }
  return station('Pulsewire on Kafka and InfluxDB', join(directory, 'station'), wearables, env, { kafka, influx })
}

async function station(
  name: string,
  dataDirectory: string,
  wearables: readonly Wearable[],
  env: Record<string, string>,
  engines: Readonly<Record<string, Awaited<ReturnType<typeof startKafka>> | Awaited<ReturnType<typeof startInflux>>>>,
): Promise<Pipeline> {
  let running = await startStation({ dataDirectory, env })
  const { mqttPort, httpPort, mqttsPort } = running
  const ports = {
    PULSEWIRE_MQTT_PORT: String(mqttPort),
    PULSEWIRE_HTTP_PORT: String(httpPort),
    PULSEWIRE_MQTTS_PORT: String(mqttsPort),
  }
  return {
    name,
    mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
    credentials: wearables.map(({ credential }) => credential),
    payload: 'cbor',
    pids: () => ({
      ...Object.fromEntries(processFigures(running.pid).map(({ name: part, pid }) => [`${part} ${pid}`, pid])),
      ...Object.fromEntries(Object.entries(engines).map(([part, { pid }]) => [part, pid ?? 0])),
    }),
    killAndRestart: async () => {
      const pids = processFigures(running.pid).map(({ pid }) => pid)
      await Promise.all([...Object.values(engines).map((engine) => engine.kill()), running.kill()])
      for (const pid of pids) if (pid !== running.pid) killIfThere(pid)
      for (const engine of Object.values(engines)) await engine.start()
      running = await startStation({ dataDirectory, env: { ...env, ...ports } })
    },
    stored: async () => {
      const api = await signIn(running)
      return whenSteady(async () => ledgerShape.parse(await api.call('GET', '/ledger')).stored)
    },
    stop: async () => {
      await running.stop()
      for (const engine of Object.values(engines)) await engine.kill()
    },
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It noticed that its parent is gone, and ended first.
  }
}
