import type { Operation, OperationChannel } from '@pulsewire/runtime'
import { z } from 'zod'

const health = z.object({ ok: z.boolean(), detail: z.string() })
/** Where the broker listens; nothing of it while it starts. */
const brokerPorts = z.object({ mqttPort: z.int().optional(), mqttsPort: z.int().optional() })
const readiness = z.object({ ok: z.boolean(), parts: z.record(z.string(), z.string()) })

/** What the station says of all of its processes, asked from one of them. Where it does not answer, that is the answer. */
export function stationOperation(
  station: OperationChannel,
): Operation & { listeners(): Promise<{ mqttPort?: number; mqttsPort?: number }> } {
  const ask = async <T>(question: 'live' | 'ready' | 'ports', read: (answer: unknown) => T, silent: T): Promise<T> => {
    try {
      return read(await station.ask(question))
    } catch {
      return silent
    }
  }
  const detail = 'the station does not answer'
  return {
    live: () => ask('live', (answer) => health.parse(answer), { ok: false, detail }),
    ready: () => ask('ready', (answer) => readiness.parse(answer), { ok: false, parts: { station: detail } }),
    listeners: () =>
      ask(
        'ports',
        (answer) => {
          const { mqttPort, mqttsPort } = brokerPorts.parse(answer)
          return {
            ...(mqttPort === undefined ? {} : { mqttPort }),
            ...(mqttsPort === undefined ? {} : { mqttsPort }),
          }
        },
        {},
      ),
    metrics: async () => z.string().parse(await station.ask('metrics')),
  }
}
