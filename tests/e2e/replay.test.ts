import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Alarm, EvidencePin } from '@pulsewire/contracts'
import { createPinParts, partsOf } from '@pulsewire/detector'
import { openEmbeddedEventLog, type EventLog } from '@pulsewire/event-log'
import { SCENARIOS, withOnset } from '@pulsewire/wearable'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { admitWard } from '../chaos/ward.ts'
import { signIn } from '../support/api.ts'
import { eventually } from '../support/log-reading.ts'
import { replayAlarm } from '../support/replay.ts'
import { startStation, temporaryDirectory } from '../support/station.ts'

const directory = temporaryDirectory()
const original = join(directory.path, 'data')
/** The heart attack. */
let attack: Alarm
/** What the replay said while the station ran. */
let beside: Awaited<ReturnType<typeof replayAlarm>>

const openLog = (dataDirectory: string, partitions?: number): Promise<EventLog> =>
  openEmbeddedEventLog({
    directory: join(dataDirectory, 'log'),
    ...(partitions === undefined ? {} : { partitions }),
  })
const replayed = (dataDirectory: string): ReturnType<typeof replayAlarm> =>
  replayAlarm(attack.id, { PULSEWIRE_DATA_DIR: dataDirectory })

beforeAll(async () => {
  const station = await startStation({ dataDirectory: original })
  const api = await signIn(station)
  const scenario = withOnset(SCENARIOS['inferior-infarction'], 15)
  const ward = [{ name: 'Attack', device: 'attack', scenario, seed: 7 }]
  const start = await admitWard({ mqttPort: station.mqttPort, api }, ward, 120)
  const [patient] = start(Date.now())
  const ringing = async (): Promise<Alarm | undefined> => {
    const { alarms } = await api.call<{ alarms: Alarm[] }>('GET', '/alarms?type=myocardial-infarction')
    return alarms.find(({ priority, pin }) => priority === 'high' && pin !== undefined)
  }
  await eventually(
    async () => (await ringing()) !== undefined,
    () => 'no heart attack rings',
    90_000,
  )
  const rung = await ringing()
  if (rung === undefined) throw new Error('no heart attack rings')
  attack = rung
  await eventually(
    async () => (beside = await replayed(original)).code !== 2,
    () => `not pinned: ${beside.stderr}`,
  )
  await patient?.node.stop()
  await eventually(
    async () => (await api.call<{ inLog: number }>('GET', '/ledger')).inLog === 0,
    () => 'not all is recorded',
  )
  await station.stop()
}, 240_000)
afterAll(() => directory.remove())

describe('a heart attack in a real station', () => {
  it('is the same again a moment later, beside the running station', () => {
    expect(beside).toMatchObject({ code: 0, stderr: '' })
    for (const said of [
      'same       type',
      'same       onset',
      'same       priority',
      'same       evidence.leads',
      'same       rule.version',
      'limits in force: heartRate 50–120',
      'known of the patient: sex not known',
    ]) {
      expect(beside.stdout).toContain(said)
    }
    expect(beside.stdout).toMatch(/The same alarm comes of it again\.\n$/)
  })

  it('is the same again when retention has removed all telemetry and findings', async () => {
    const log = await openLog(original)
    const keepFor = ['recorder', 'detector', 'alarm-manager']
    await log.maintain({ retentionMs: 0, now: Date.now() + 3_600_000, keepFor })
    const left = await log.ends('telemetry')
    expect(left.reduce((sum, { next }) => sum + next, 0)).toBeGreaterThan(60)
    expect(left.reduce((sum, { earliest, next }) => sum + next - earliest, 0)).toBe(0)
    await log.close()
    expect(await replayed(original)).toMatchObject({ code: 0 })
  })

  it('is the same again out of a backup', async () => {
    const tool = join(import.meta.dirname, '../../services/station/dist/backup/main.js')
    const [backup, restored] = [join(directory.path, 'backup'), join(directory.path, 'restored')]
    const run = (dataDirectory: string, ...words: string[]) =>
      promisify(execFile)(process.execPath, [tool, ...words], {
        env: { ...process.env, PULSEWIRE_DATA_DIR: dataDirectory },
      })
    await run(original, 'backup', '--to', backup)
    await run(restored, 'restore', '--from', backup)
    expect(await replayed(restored)).toMatchObject({ code: 0 })
  })

  it('is not the same where what is pinned was altered, and nobody says so where nothing is there', async () => {
    const altered = join(directory.path, 'altered')
    const log = await openLog(original)
    const other = await openLog(altered, (await log.ends('alarms')).length)
    const pin = await pinOf(log)
    for await (const records of log.read('alarms', log.partitionOf('alarms', attack.patient), { from: 0 })) {
      await other.append('alarms', records)
    }
    // Without the blocks of samples: no heart to be seen. (A block or two less would be borne: the average beat is that of many.)
    const records = pin.records.filter(({ headers }) => headers['kind'] !== 'waveform')
    expect(records.length).toBeLessThan(pin.records.length)
    await other.append('evidence', await partsOf({ ...pin, records }))
    await Promise.all([log.close(), other.close()])
    const said = await replayed(altered)
    expect(said).toMatchObject({ code: 1 })
    expect(said.stdout).toContain('DIFFERENT: not the same alarm.')
    expect(await replayed(join(directory.path, 'nothing'))).toMatchObject({ code: 2, stdout: '' })
    expect((await replayAlarm(`${attack.patient}.fall.1`, { PULSEWIRE_DATA_DIR: original })).stderr).toContain('PW_NOT_FOUND') // prettier-ignore
  })
})

async function pinOf(log: EventLog): Promise<EvidencePin> {
  const parts = createPinParts(attack.pin ?? '')
  for await (const records of log.read('evidence', log.partitionOf('evidence', attack.patient), { from: 0 })) {
    for (const record of records) parts.take(record)
  }
  const [pin] = await parts.pins()
  if (pin === undefined) throw new Error('nothing is pinned')
  return pin
}
