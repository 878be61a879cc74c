import { setTimeout as sleep } from 'node:timers/promises'
import mqtt from 'mqtt'
import { admit, type ApiClient } from '../support/api.ts'

/** A device that sends nonsense among good messages, with a clock that jumps. */
export interface Troublemaker {
  readonly device: string
  /** Acknowledged so far: good messages and bad ones. */
  readonly acked: { readonly good: number; readonly bad: number }
  stop(): Promise<void>
}

const EVERY_MS = 20
/** One message in so many is no message at all. */
const BAD_ONE_IN = 100
/** The clock jumps to another offset every so many messages. */
const JUMP_EVERY = 400
const OFFSETS_MS = [0, 3_600_000, -5_400_000, 90_000, 0, -26_000]

/** Starts it; it sends one message at a time and goes on after each lost connection, with the same bytes, as a device has to. */
export async function startTroublemaker(mqttPort: number, api: ApiClient): Promise<Troublemaker> {
  const { device, credential } = await admit(api, { patient: 'Trouble', device: 'chaos-trouble' })
  const client = mqtt.connect(`mqtt://127.0.0.1:${mqttPort}`, {
    ...credential,
    clientId: device,
    clean: true,
    reconnectPeriod: 300,
    // Else it stops for ever where a broker says that the log is away (CONNACK 3).
    reconnectOnConnackError: true,
  })
  // It reconnects by itself; what it could not send is sent again below.
  client.on('error', () => undefined)
  const acked = { good: 0, bad: 0 }
  const stopping = new AbortController()
  let seq = 0
  let sent = 0

  const payloadOf = (): { payload: string; bad: boolean } => {
    sent += 1
    if (sent % BAD_ONE_IN === 0) return { payload: `{"nonsense": ${sent}`, bad: true }
    const at = Date.now() + (OFFSETS_MS[Math.floor(sent / JUMP_EVERY) % OFFSETS_MS.length] ?? 0)
    const message = { boot: 'trouble', seq: seq++, at, sent: at, vitals: { heartRate: 60 + (seq % 40) } }
    return { payload: JSON.stringify(message), bad: false }
  }
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const { payload, bad } = payloadOf()
      // mqtt.js keeps it and sends it again after a reconnect: resolved = acknowledged.
      await client.publishAsync(`bsn/v1/${device}/vitals`, payload, { qos: 1 })
      if (bad) acked.bad += 1
      else acked.good += 1
      await sleep(EVERY_MS)
    }
  }
  const done = run()
  return {
    device,
    acked,
    stop: async () => {
      stopping.abort()
      await done
      await client.endAsync()
    },
  }
}
