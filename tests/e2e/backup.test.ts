import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  openSync,
  writeSync,
  closeSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { admit, signIn, type ApiClient } from '../support/api.ts'
import { connectDevice } from '../support/device.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'

const run = promisify(execFile)
const MAIN = join(import.meta.dirname, '../../services/station/dist/backup/main.js')
const directory = temporaryDirectory()
const original = join(directory.path, 'data')
const backup = join(directory.path, 'backup')
const NURSE = { name: 'nurse', password: 'four words of hers' }
/** What the device had acknowledged when the backup began. */
let acknowledgedBefore = 0
let alarmsBefore: readonly unknown[] = []
let patient: string

/** `npm run backup`, without npm. */
async function tool(
  dataDirectory: string,
  ...words: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  try {
    const env = { ...process.env, PULSEWIRE_DATA_DIR: dataDirectory, PULSEWIRE_LOG_LEVEL: 'warn' }
    return { code: 0, ...(await run(process.execPath, [MAIN, ...words], { env })) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'stderr' in error && 'stdout' in error) {
      return { code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) }
    }
    throw error
  }
}

const alarmsOf = async (api: ApiClient): Promise<{ type: string; state: string }[]> => {
  const { alarms } = await api.call<{ alarms: { id: string; type: string; state: string }[] }>('GET', '/alarms')
  return alarms.filter(({ type }) => type === 'patient-button').map(({ id, type, state }) => ({ id, type, state }))
}
const ledgerOf = (api: ApiClient): Promise<Record<string, number>> => api.call('GET', '/ledger')

beforeAll(async () => {
  const station = await startStation({ dataDirectory: original })
  const api = await signIn(station)
  const worn = await admit(api, { patient: 'Backed Up', device: 'bk-1' })
  patient = worn.patient
  await api.call('POST', '/users', { ...NURSE, roles: ['clinician'] })
  const device = await connectDevice(station, worn.credential)
  await device.publish('event', { boot: 'b', seq: 0, at: Date.now(), sent: Date.now(), event: 'patient-button' })
  const [alarm] = await vi.waitFor(async () => {
    const { alarms } = await api.call<{ alarms: { id: string; type: string }[] }>('GET', '/alarms')
    const rung = alarms.filter(({ type }) => type === 'patient-button')
    expect(rung).toHaveLength(1)
    return rung
  }, WITHIN)
  await api.call('POST', `/alarms/${alarm?.id}/acknowledge`)

  // Load, before and during the backup: 20 in flight.
  let seq = 1
  let acknowledged = 0
  const going = new AbortController()
  const publish = async (): Promise<void> => {
    while (!going.signal.aborted) {
      const at = Date.now()
      await device.publish('vitals', { boot: 'b', seq: seq++, at, sent: at, vitals: { heartRate: 60 + (seq % 40) } })
      acknowledged++
    }
  }
  const load = Promise.all(Array.from({ length: 20 }, publish))
  await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(1_000), WITHIN)
  acknowledgedBefore = acknowledged
  alarmsBefore = await alarmsOf(api)
  const taken = await tool(original, 'backup', '--to', backup)
  const acknowledgedAfter = acknowledged
  going.abort()
  await load
  await device.end()
  expect(taken.stderr).toBe('')
  expect(taken.code).toBe(0)
  // It went on taking messages all the while.
  expect(acknowledgedAfter).toBeGreaterThan(acknowledgedBefore)
  await station.stop()
}, 120_000)
afterAll(() => directory.remove())

const WITHIN = { timeout: 20_000, interval: 100 }

describe('a backup of a running station', () => {
  it('restores to a station with all that was acknowledged before, exact accounts, alarms in their states, and its users', async () => {
    const restored = join(directory.path, 'restored')
    const put = await tool(restored, 'restore', '--from', backup)
    expect(put.stderr).toBe('')
    expect(put.stdout).toContain('Restored into')
    const station: TestStation = await startStation({
      dataDirectory: restored,
      env: { PULSEWIRE_ADMIN_PASSWORD: 'another one' },
    })
    try {
      const api = await signIn(station)
      await signIn(station, NURSE.name, NURSE.password)
      const ledger = await vi.waitFor(async () => {
        const counts = await ledgerOf(api)
        expect(counts['inLog']).toBe(0)
        return counts
      }, WITHIN)
      const { accepted = 0, stored = 0, duplicates = 0, quarantined = 0 } = ledger
      expect(accepted).toBe(stored + duplicates + quarantined)
      expect(stored).toBeGreaterThanOrEqual(acknowledgedBefore + 1)
      expect(duplicates).toBe(0)
      const { gaps } = await api.call<{ gaps: { from: number }[] }>('GET', '/devices/bk-1/gaps')
      // Messages were in flight when the moment of the backup came: what was acknowledged before it has no gap.
      expect(gaps.filter(({ from }) => from <= acknowledgedBefore)).toEqual([])
      const query = `/patients/${patient}/vitals?codes=heartRate&from=0&to=${Date.now()}`
      const { series } = await api.call<{ series: Record<string, { points: unknown[] }> }>('GET', query)
      expect(series['heartRate']?.points.length).toBeGreaterThan(0)
      expect(await alarmsOf(api)).toEqual(alarmsBefore)
      // The devices' trust goes with it.
      expect(readFileSync(join(restored, 'tls/ca.pem'))).toEqual(readFileSync(join(original, 'tls/ca.pem')))
    } finally {
      await station.stop()
    }
  }, 120_000)

  it('is never restored over what is there, nor taken over another one', async () => {
    const refused = await tool(original, 'restore', '--from', backup)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/PW_EXISTS.*is not empty: nothing is overwritten/)
    expect((await tool(original, 'backup', '--to', backup)).stderr).toContain('exists already')
  })

  it.each([
    [
      'a changed byte',
      (path: string) => flipByte(join(path, 'store/store.duckdb')),
      /store\.duckdb is damaged: its checksum is wrong/,
    ],
    ['a missing file', (path: string) => rmSync(join(path, 'log/data.mdb')), /log\/data\.mdb is missing/],
    [
      'a file too many',
      (path: string) => writeFileSync(join(path, 'tls/x.pem'), ''),
      /tls\/x\.pem is no part of the backup/,
    ],
    [
      'a changed list',
      (path: string) => replaceIn(join(path, 'manifest.json'), '"stored": ', '"stored": 1'),
      /manifest\.json is damaged/,
    ],
    ['no list', (path: string) => rmSync(join(path, 'manifest.json')), /is no backup: it has no manifest\.json/],
  ])('is refused with %s, and leaves nothing behind', async (name, damage, message) => {
    const damaged = join(directory.path, `damaged ${name}`)
    cpSync(backup, damaged, { recursive: true })
    damage(damaged)
    const target = join(directory.path, `target ${name}`)
    const { code, stderr } = await tool(target, 'restore', '--from', damaged)
    expect(code).toBe(1)
    expect(stderr).toMatch(message)
    expect(existsSync(target) ? readdirSync(target) : []).toEqual([])
  })

  it('can be taken of a station that does not run, too', async () => {
    const { stdout } = await tool(original, 'backup', '--to', join(directory.path, 'cold'))
    expect(stdout).toMatch(/\+ \d+ in the log/)
    expect(existsSync(join(original, 'station.pid'))).toBe(false)
  })

  it('of a directory without data, or of Kafka and InfluxDB, says what to do', async () => {
    expect((await tool(join(directory.path, 'none'), 'backup', '--to', join(directory.path, 'x'))).stderr).toContain(
      'has no data of a station',
    )
    process.env['PULSEWIRE_LOG'] = 'kafka'
    try {
      expect((await tool(original, 'backup', '--to', join(directory.path, 'x'))).stderr).toContain('their own tools')
    } finally {
      delete process.env['PULSEWIRE_LOG']
    }
  })
})

function flipByte(path: string): void {
  const middle = statSync(path).size >> 1
  const byte = readFileSync(path)[middle] ?? 0
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.of(byte ^ 0xff), 0, 1, middle)
  closeSync(file)
}

function replaceIn(path: string, text: string, by: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(text, by))
}
