import { connectAsync, type MqttClient } from 'mqtt'

const RATE_HZ = 250

/** A real MQTT client as a device. */
export interface Device {
  send(kind: 'vitals' | 'waveform', body: object): Promise<void>
  /** Vitals and a second of ECG, of now. */
  sendASecond(): Promise<void>
  end(): Promise<void>
}

/** Signs in as `username`; rejects where the broker refuses. */
export async function connectDevice(mqttPort: number, username: string, password: string): Promise<Device> {
  const client: MqttClient = await connectAsync(
    `mqtt://127.0.0.1:${mqttPort}`,
    { clientId: username, username, password, reconnectPeriod: 0 },
    false,
  )
  let seq = 0
  const send: Device['send'] = async (kind, body) => {
    const message = { boot: 'test', seq: (seq += 1), ...body }
    await client.publishAsync(`bsn/v1/${username}/${kind}`, JSON.stringify(message), { qos: 1 })
  }
  return {
    send,
    sendASecond: async () => {
      const at = Date.now() - 1000
      const samples = Array.from({ length: RATE_HZ }, (_, i) => Math.round(200 * Math.sin((i / RATE_HZ) * 6 * Math.PI)))
      await send('vitals', { at, vitals: { heartRate: 61, spo2: 97 } })
      const signals = [{ name: 'ecg.II', unit: 'mV', scale: 0.005, offset: 0, samples }]
      await send('waveform', { at, rateHz: RATE_HZ, signals })
    },
    end: () => client.endAsync(),
  }
}
