import { openEventLog, type EventLog } from '@pulsewire/event-log'
import type { Credential } from '@pulsewire/fleet'
import { newDeviceSecret, openRegistryView } from '@pulsewire/registry'

/** A patient who wears a device that is registered. */
export interface Wearable {
  readonly patient: string
  readonly credential: Credential
}

const AT_ONCE = 500
const WORN_SINCE_MS = 3_600_000

/** Registers patients and devices, each patient with one, in a log that no station has open yet (or in Kafka). */
export async function registerWearables(log: EventLog, count: number): Promise<Wearable[]> {
  const registry = await openRegistryView(log)
  const now = Date.now()
  const register = async (index: number): Promise<Wearable> => {
    const [patient, device] = [`p-${index}`, `w-${index}`]
    const { secret, sha256 } = newDeviceSecret()
    const first = { expectedVersion: 0, by: 'bench' }
    await Promise.all([
      registry.change({ kind: 'patient', id: patient, name: `Patient ${index}`, createdAt: now }, first),
      registry.change({ kind: 'device', id: device, secretSha256: sha256, createdAt: now }, first),
      registry.change({ kind: 'association', id: device, spans: [{ patient, from: now - WORN_SINCE_MS }] }, first),
    ])
    return { patient, credential: { username: device, password: secret } }
  }
  const wearables: Wearable[] = []
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => register(from + index))
    wearables.push(...(await Promise.all(some)))
  }
  await registry.close()
  return wearables
}

/** The same in the embedded log of a station that is not running. */
export async function registerInDirectory(dataDirectory: string, count: number): Promise<Wearable[]> {
  const log = await openEventLog({ kind: 'embedded', directory: `${dataDirectory}/log` })
  try {
    return await registerWearables(log, count)
  } finally {
    await log.close()
  }
}
