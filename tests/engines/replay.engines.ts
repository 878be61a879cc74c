import type { Alarm } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { SCENARIOS, withOnset } from '@pulsewire/wearable'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { admitWard } from '../chaos/ward.ts'
import { signIn } from '../support/api.ts'
import { alarmsOf, eventually, lagOf, openSharedLog } from '../support/log-reading.ts'
import { replayAlarm } from '../support/replay.ts'
import { temporaryDirectory } from '../support/station.ts'
import { setUpBucket, sharedEngines, startSystem, type TestSystem } from '../support/system.ts'

const directory = temporaryDirectory()
const { env } = sharedEngines()
let system: TestSystem
let log: EventLog

beforeAll(async () => {
  await setUpBucket(env)
  const counts = { api: 1, recorder: 1, 'alarm-manager': 1, detector: 1, broker: 1 }
  system = await startSystem({ counts, env, directory: directory.path })
  log = await openSharedLog(env)
})
afterAll(async () => {
  await log?.close()
  await system?.stop()
  directory.remove()
})

it(
  'alarms on Kafka: the same again when Kafka has removed the telemetry, also those from around the death of a detector',
  { timeout: 300_000 },
  async () => {
    const api = await signIn(system)
    const scenario = withOnset(SCENARIOS['inferior-infarction'], 15)
    const ward = [{ name: 'Attack', device: 'attack', scenario, seed: 7 }]
    const [patient] = (await admitWard({ mqttPort: system.mqttPort, api }, ward, 75))(Date.now())
    await eventually(
      async () => (await lagOf(log, 'recorder', 'telemetry')) > 0 || (patient?.produced.length ?? 0) > 20,
      () => 'nothing is measured',
    )
    const [detector] = system.of('detector')
    await detector?.kill()
    await detector?.restart()
    await patient?.node.finished
    const ringing = async (): Promise<Alarm[]> => [...(await alarmsOf(log, 'attack')).alarms.values()]
    await eventually(
      async () =>
        (await ringing()).some(({ type, priority }) => type === 'myocardial-infarction' && priority === 'high'),
      () => 'the attack does not ring',
      120_000,
    )
    // A detector that stops keeps, pins and commits all that it has.
    await detector?.stop()
    for (const group of ['recorder', 'detector'] as const) {
      await eventually(
        async () => (await lagOf(log, group, 'telemetry')) === 0,
        () => `${group} has not read everything`,
      )
    }
    const { removed } = await log.maintain({
      retentionMs: 0,
      now: Date.now() + 60_000,
      keepFor: ['recorder', 'detector'],
    })
    expect(removed).toBeGreaterThan(60)
    expect((await log.ends('telemetry')).reduce((sum, { earliest, next }) => sum + next - earliest, 0)).toBe(0)

    const alarms = await ringing()
    expect(new Set(alarms.map(({ type }) => type))).toContain('myocardial-infarction')
    for (const { id } of alarms) {
      const said = await replayAlarm(id, { ...env, PULSEWIRE_DATA_DIR: directory.path })
      expect(said, `${said.stdout}${said.stderr}`).toMatchObject({ code: 0 })
    }
  },
)
