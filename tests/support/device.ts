import mqtt, { type MqttClient } from 'mqtt'
import type { TestStation } from './station.ts'

/** A device of somebody's own making: a plain MQTT client that knows the contract's topics and JSON, and nothing of ours. */
export interface PlainDevice {
  readonly id: string
  readonly client: MqttClient
  /** Notices as they came. */
  readonly notices: { kind: string; code: string; detail: string; seq?: number }[]
  /** Resolves when the broker has acknowledged it. */
  publish(suffix: string, message: unknown): Promise<void>
  publishRaw(topic: string, payload: string | Buffer): Promise<void>
  end(): Promise<void>
}

/** Connects with the device's credential. Rejects where the broker refuses. */
export async function connectDevice(
  station: Pick<TestStation, 'mqttPort'>,
  credential: { username: string; password: string },
  options: { clientId?: string; reconnect?: boolean } = {},
): Promise<PlainDevice> {
  const id = credential.username
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${station.mqttPort}`, {
    ...credential,
    clientId: options.clientId ?? id,
    clean: true,
    reconnectPeriod: options.reconnect === true ? 200 : 0,
    connectTimeout: 10_000,
  })
  const notices: PlainDevice['notices'] = []
  client.on('message', (topic, payload) => {
    if (topic.endsWith('/notice')) notices.push(JSON.parse(payload.toString('utf8')) as PlainDevice['notices'][number])
  })
  await client.subscribeAsync(`bsn/v1/${id}/notice`, { qos: 1 })
  const publishRaw = async (topic: string, payload: string | Buffer): Promise<void> => {
    await client.publishAsync(topic, payload, { qos: 1 })
  }
  return {
    id,
    client,
    notices,
    publishRaw,
    publish: (suffix, message) => publishRaw(`bsn/v1/${id}/${suffix}`, JSON.stringify(message)),
    end: () => client.endAsync(),
  }
}
