import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Logger, Operation } from '@pulsewire/runtime'
import type { StationConfig } from './config.ts'
import { lockDataDirectory } from './data-lock.ts'
import { processModule } from './places.ts'
import { createSupervisor, type ReadyMessage } from './supervisor.ts'

/** The station's own process serves the operation port, for all of them. */
const NO_PORT = { PULSEWIRE_OPERATION_PORT: '' }

/** A station that serves. */
export interface Station {
  readonly httpPort: number
  readonly mqttPort: number
  readonly mqttsPort: number
  /** PEM of the authority that signed the broker's certificate. */
  readonly caFile: string
  /** Of the first user, where it was made by this start. */
  readonly generatedAdminPassword?: string
  pids(): Record<string, number>
  /** What all its processes say together. */
  readonly operation: Operation
  stop(): Promise<void>
}

/**
 * Starts all services on one machine, as supervised processes: brokers at shared ports | detector shards | core (alarm manager, recorder, API) | notifier | prover | demo.
 * Throws PW_CONFIG_INVALID where the data directory is in use.
 */
export async function startStation(config: StationConfig, env: NodeJS.ProcessEnv, logger: Logger): Promise<Station> {
  const unlock = await lockDataDirectory(config.PULSEWIRE_DATA_DIR)
  const supervisor = createSupervisor({ logger, hangAfterMs: config.PULSEWIRE_HANG_SECONDS * 1_000 })
  const brokers = brokersFor(config)
  /** What was learnt at the first start: after a restart a process serves where it did before. */
  const learnt: Record<string, string> = {}
  const start = (name: Parameters<typeof processModule>[0], as: string = name): Promise<ReadyMessage> =>
    supervisor.start({
      name: as,
      module: processModule(name),
      env: () => ({ ...env, ...learnt, ...NO_PORT }),
      sharesPorts: name === 'broker' && brokers > 1,
      ...(name === 'detector' ? { nodeFlags: DETECTOR_FLAGS } : {}),
    })

  const stop = async (): Promise<void> => {
    await supervisor.stop()
    unlock()
  }
  try {
    if (brokers > 1) {
      // Those that share a port have to ask for the same one.
      learnt['PULSEWIRE_MQTT_PORT'] = String(config.PULSEWIRE_MQTT_PORT || (await freePort(config.PULSEWIRE_HOST)))
      learnt['PULSEWIRE_MQTTS_PORT'] = String(config.PULSEWIRE_MQTTS_PORT || (await freePort(config.PULSEWIRE_HOST)))
    }
    const shards = Array.from({ length: config.PULSEWIRE_WORKERS }, (_, index) =>
      start('detector', `detector-${index}`),
    )
    const [broker, core] = await Promise.all([start('broker'), start('core'), ...shards])
    const ports = {
      httpPort: portOf(core, 'httpPort'),
      mqttPort: portOf(broker, 'mqttPort'),
      mqttsPort: portOf(broker, 'mqttsPort'),
    }
    learnt['PULSEWIRE_HTTP_PORT'] = String(ports.httpPort)
    learnt['PULSEWIRE_MQTT_PORT'] = String(ports.mqttPort)
    learnt['PULSEWIRE_MQTTS_PORT'] = String(ports.mqttsPort)
    // After the first, which makes the certificates and finds the ports.
    await Promise.all(Array.from({ length: brokers - 1 }, (_, index) => start('broker', `broker-${index + 1}`)))
    await Promise.all([start('notifier'), ...(config.PULSEWIRE_PROOF_EVERY_S > 0 ? [start('prover')] : [])])
    if (config.PULSEWIRE_DEMO) await start('demo')
    const { generatedAdminPassword } = core
    return {
      ...ports,
      caFile: typeof broker['caFile'] === 'string' ? broker['caFile'] : '',
      ...(typeof generatedAdminPassword === 'string' ? { generatedAdminPassword } : {}),
      pids: () => supervisor.pids(),
      operation: supervisor.operation,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Nobody waits for a detector's pauses (5 ms, 50 at the end of a collection); threads that collect beside it cost a tenth more for all together. */
const DETECTOR_FLAGS = ['--single-threaded-gc']

/** A wearable costs a detector some three times what it costs a broker. */
const DETECTORS_A_BROKER = 3

/** How many brokers share the ports. With a spool one: what waits on disk is one line. */
function brokersFor({ PULSEWIRE_WORKERS, PULSEWIRE_SPOOL }: StationConfig): number {
  return PULSEWIRE_SPOOL ? 1 : Math.ceil(PULSEWIRE_WORKERS / DETECTORS_A_BROKER)
}

/** A port that nobody has now. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (typeof address !== 'object' || address === null) throw new TypeError('a port was expected')
  return address.port
}

function portOf(message: ReadyMessage, field: string): number {
  const port = message[field]
  if (typeof port !== 'number') throw new TypeError(`the ready message has no ${field}`)
  return port
}
