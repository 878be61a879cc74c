import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startBridge } from '@pulsewire/bridge'
import { createMemoryEventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import mqtt from 'mqtt'
import { startMosquitto } from '../../infra/local/index.ts'
import { temporaryDirectory } from '../support/station.ts'

// `npx tsx tests/bench/mosquitto-kill.ts`: of 1,000 messages that a Mosquitto has acknowledged and holds for a bridge that is away, how many are
// still there after a SIGKILL of the Mosquitto.

const MESSAGES = 1_000
const IN_FLIGHT = 20
const PERSISTENCE = {
  'default (saved every 30 minutes)': [],
  'autosave_interval 1 (every second)': ['autosave_interval 1'],
  'autosave_on_changes true, autosave_interval 1': ['autosave_on_changes true', 'autosave_interval 1'],
}

for (const [name, lines] of Object.entries(PERSISTENCE)) {
  const directory = temporaryDirectory()
  const config = ['allow_anonymous true', 'persistence true', 'max_queued_messages 0', ...lines].join('\n')
  const broker = await startMosquitto({ directory: join(directory.path, 'mosquitto'), config })
  const log = createMemoryEventLog({ partitions: 1 })
  const open = () =>
    startBridge(
      { log, logger: createSilentLogger(), metrics: createMetrics('bridge') },
      {
        host: '127.0.0.1',
        port: broker.port,
        protocol: 5,
        clientId: 'bench',
        topics: ['bsn/v1/+/vitals'],
        receiveMaximum: 1_000,
        sessionExpirySeconds: 3_600,
        keepaliveSeconds: 30,
      },
    )
  const first = await open()
  while (!first.health().ok) await sleep(50)
  await first.stop()
  await sleep(2_000)

  const device = await mqtt.connectAsync(broker.url, { clientId: 'd1' })
  const startedAt = performance.now()
  for (let sent = 0; sent < MESSAGES; sent += IN_FLIGHT) {
    const some = Array.from({ length: IN_FLIGHT }, (_, i) =>
      device.publishAsync('bsn/v1/d1/vitals', JSON.stringify({ seq: sent + i }).padEnd(600), { qos: 1 }),
    )
    await Promise.all(some)
  }
  const perSecond = (MESSAGES * 1_000) / (performance.now() - startedAt)
  await broker.kill()
  await device.endAsync(true)
  await broker.start()
  const second = await open()
  while (!second.health().ok) await sleep(50)
  await sleep(2_000)
  // Nobody registered the device, so all of it is in the quarantine.
  const [end] = await log.ends('quarantine')
  console.log(`${name}: ${end?.next} of ${MESSAGES} survived; acknowledged at ${perSecond.toFixed(0)}/s`)
  await second.stop()
  await log.close()
  await broker.kill()
  directory.remove()
}
