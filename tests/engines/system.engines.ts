import { setTimeout as sleep } from 'node:timers/promises'
import type { Alarm } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { SCENARIOS, withOnset } from '@pulsewire/wearable'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compareVitals, compareWaveforms } from '../chaos/compare.ts'
import { admitWard } from '../chaos/ward.ts'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice } from '../support/device.ts'
import { eventually, lagOf, openSharedLog } from '../support/log-reading.ts'
import { temporaryDirectory } from '../support/station.ts'
import { setUpBucket, sharedEngines, startSystem, type TestSystem } from '../support/system.ts'

const directory = temporaryDirectory()
const { env } = sharedEngines()
let system: TestSystem
let log: EventLog
/** Clients of the two APIs. */
let one: ApiClient
let other: ApiClient

const urlOf = (api: number): string => `http://127.0.0.1:${system.of('api')[api]?.ready.httpPort}`

beforeAll(async () => {
  await setUpBucket(env)
  const counts = { api: 2, recorder: 2, 'alarm-manager': 2, detector: 3, broker: 2 }
  system = await startSystem({ counts, env, directory: directory.path })
  log = await openSharedLog(env)
  one = await signIn({ url: urlOf(0) })
  other = await signIn({ url: urlOf(1) })
})
afterAll(async () => {
  await log?.close()
  await system?.stop()
  directory.remove()
})

/** What each group reads. A detector commits what is in its patients' snapshots, every half minute. */
const READ = {
  recorder: ['telemetry', 'quarantine', 'staff-commands'],
  'alarm-manager': ['staff-commands'],
  detector: ['telemetry', 'staff-commands'],
} as const

/** Everything is recorded, and these groups have nothing left in any of their partitions. */
async function settled(groups: readonly (keyof typeof READ)[] = ['recorder']): Promise<void> {
  const reads = groups.flatMap((group) => READ[group].map((topic) => ({ group, topic })))
  const waiting = async (): Promise<string[]> => {
    const left: string[] = []
    for (const { group, topic } of reads) {
      const lag = await lagOf(log, group, topic)
      if (lag > 0) left.push(`${group} is ${lag} behind in ${topic}`)
    }
    const { inLog } = await one.call<{ inLog: number }>('GET', '/ledger')
    return inLog === 0 ? left : [...left, `${inLog} messages are not recorded`]
  }
  await eventually(
    async () => (await waiting()).length === 0,
    async () => (await waiting()).join('; '),
    90_000,
  )
}

async function expectBalancedLedger(): Promise<void> {
  const { accepted, duplicates, stored, quarantined, inLog } = await one.call<Record<string, number>>('GET', '/ledger')
  expect(accepted).toBe((duplicates ?? 0) + (stored ?? 0) + (quarantined ?? 0) + (inLog ?? 0))
}

const attackOf = async (api: ApiClient, patient: string): Promise<Alarm | undefined> => {
  const { alarms } = await api.call<{ alarms: Alarm[] }>('GET', `/alarms?patient=${patient}&type=myocardial-infarction`)
  return alarms.find(({ priority }) => priority === 'high')
}

describe('two of each service on one Kafka and one InfluxDB', () => {
  it(
    'keep every sample of a device and ring for it once, while services are killed and added',
    { timeout: 300_000 },
    async () => {
      const seconds = 75
      const ward = [
        { name: 'Attack', device: 'attack', scenario: withOnset(SCENARIOS['inferior-infarction'], 20), seed: 7 },
        { name: 'Calm', device: 'calm', scenario: SCENARIOS.healthy, seed: 8 },
      ]
      const start = await admitWard({ mqttPort: system.mqttPort, api: one }, ward, seconds)
      const from = Date.now()
      const patients = start(from)
      const kill = async (name: Parameters<TestSystem['of']>[0]): Promise<void> => {
        const [victim] = system.of(name)
        await victim?.kill()
        await sleep(1_000)
        await victim?.restart()
      }
      await sleep(8_000)
      await Promise.all([kill('broker'), kill('recorder')])
      await Promise.all([system.add('detector'), system.add('recorder')])
      await Promise.all([kill('detector'), kill('alarm-manager')])
      await kill('api')
      await Promise.all(patients.map(({ node }) => node.finished))
      one = await signIn({ url: urlOf(0) })
      await settled(['recorder', 'alarm-manager', 'detector'])

      const range = { from, to: from + seconds * 1000 }
      for (const { id, produced } of patients) {
        expect(produced.length).toBeGreaterThan(seconds)
        expect(await compareVitals(one, id, produced, range)).toEqual([])
        expect(await compareWaveforms(one, id, produced, range)).toEqual([])
      }
      await expectBalancedLedger()
      for (const api of [one, other]) {
        await eventually(
          async () => (await attackOf(api, 'attack')) !== undefined,
          () => 'the attack does not ring',
        )
        const { alarms } = await api.call<{ alarms: Alarm[] }>('GET', '/alarms?type=myocardial-infarction')
        expect(alarms.filter(({ priority }) => priority === 'high').map(({ patient }) => patient)).toEqual(['attack'])
      }
      expect(system.services.map(({ label, crashes }) => `${label}: ${crashes}`)).toEqual(
        system.services.map(({ label }) => `${label}: 0`),
      )
    },
  )

  it('what one API did holds on the other: a change, an acknowledgement, the end of a session, a live position', async () => {
    const { id } = await one.call<{ id: string }>('POST', '/patients', { name: 'Seen by both' })
    await eventually(
      async () => (await other.fetch(`/patients/${id}`)).status === 200,
      () => 'the other API does not know the patient',
      5_000,
    )
    // Both change the same version: one wins, the other is told.
    const { version } = await one.call<{ version: number }>('GET', `/patients/${id}`)
    const patch = async (api: ApiClient, place: string): Promise<number> => {
      const init = { method: 'PATCH', body: JSON.stringify({ place, version }) }
      return (await api.fetch(`/patients/${id}`, { ...init, headers: { 'content-type': 'application/json' } })).status
    }
    expect((await Promise.all([patch(one, 'Bed 1'), patch(other, 'Bed 2')])).toSorted()).toEqual([200, 409])

    const { alarms } = await one.call<{ alarms: Alarm[] }>('GET', '/alarms?type=myocardial-infarction')
    const ringing = alarms.find(({ state }) => state === 'active' || state === 'latched')
    expect(ringing).toBeDefined()
    await other.call('POST', `/alarms/${ringing?.id}/acknowledge`, {})
    await eventually(
      async () => (await one.call<Alarm>('GET', `/alarms/${ringing?.id}`)).acknowledgedBy === 'admin',
      () => 'the first API does not know of the acknowledgement',
      5_000,
    )

    const { credential, patient } = await admit(one, { patient: 'Live', device: 'node-live' })
    const device = await connectDevice(system, credential)
    const live = await one.live(`?patients=${patient}`)
    const send = (seq: number): Promise<void> =>
      device.publish('vitals', { boot: 'live', seq, at: Date.now(), vitals: { heartRate: 60 + seq } })
    const ratesIn = (messages: readonly unknown[]): number[] =>
      messages
        .filter((message) => isVitals(message))
        .flatMap(({ vitals }) => (vitals.heartRate === undefined ? [] : [vitals.heartRate]))
    await send(0)
    await eventually(
      async () => ratesIn(live.messages).includes(60),
      () => `the first socket got ${JSON.stringify(live.messages.slice(-3))}`,
    )
    const position = String(live.messages.filter(isVitals).at(-1)?.['position'])
    live.close()
    await send(1)
    await send(2)
    const resumed = await other.live(`?patients=${patient}&since=${position}`)
    await eventually(
      async () => ratesIn(resumed.messages).length >= 2,
      () => `the second socket got ${JSON.stringify(resumed.messages.slice(-3))}`,
    )
    expect(ratesIn(resumed.messages)).toEqual([61, 62])
    resumed.close()
    await device.end()

    const leaving = await signIn({ url: urlOf(1) })
    const authorization = { headers: { authorization: `Bearer ${leaving.token}` } }
    expect((await fetch(`${urlOf(0)}/api/v1/session`, authorization)).status).toBe(200)
    await leaving.call('DELETE', '/session')
    await eventually(
      async () => (await fetch(`${urlOf(0)}/api/v1/session`, authorization)).status === 401,
      () => 'the ended session still holds on the first API',
      5_000,
    )
  })

  it('one message in a hundred is none: it is in the quarantine, the others are stored, nobody waits', async () => {
    const { credential, patient } = await admit(one, { patient: 'Poison', device: 'node-poison' })
    const device = await connectDevice(system, credential)
    const from = Date.now()
    const isPoison = (index: number): boolean => index % 100 === 50
    const sent = Array.from({ length: 600 }, (_, index) => {
      const good = { boot: 'p', seq: index, at: from + index, vitals: { heartRate: 50 + (index % 100) } }
      return device.publishRaw(`bsn/v1/node-poison/vitals`, isPoison(index) ? `{"boot":"p"` : JSON.stringify(good))
    })
    await Promise.all(sent)
    await settled()
    const { series } = await one.call<{ series: Record<string, { points: unknown[] }> }>(
      'GET',
      `/patients/${patient}/vitals?codes=heartRate&from=${from}&to=${from + 1_000}`,
    )
    expect(series['heartRate']?.points).toHaveLength(594)
    const { quarantine } = await one.call<{ quarantine: unknown[] }>('GET', '/quarantine?device=node-poison')
    expect(quarantine).toHaveLength(6)
    await expectBalancedLedger()
    await device.end()
  })
})

function isVitals(
  message: unknown,
): message is { readonly vitals: { readonly heartRate?: number }; readonly position?: unknown } {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'vitals'
}
