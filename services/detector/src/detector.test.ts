import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  PulsewireError,
  SYSTEM_PATIENT,
  beatsRecord,
  derivedRecord,
  encodeTelemetryHeaders,
  finding,
  heartbeatRecord,
  quarantineReason,
  type Finding,
  type RegistryEntity,
} from '@pulsewire/contracts'
import { decodeJson, encodeJson, encodeUplink } from '@pulsewire/codec'
import { PATIENT, START, messagesOf, standing, type NodeScript } from '@pulsewire/detection/test-support'
import { createMemoryEventLog, createMemoryLogData, type EventLog, type LogRecord } from '@pulsewire/event-log'
import type { DetectionOutput, EcgAnalyzerFactory, TelemetryInput } from '@pulsewire/detection'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { startDetector, type DetectorOptions, type RunningDetector } from './detector.ts'
import { DETECTOR_GROUP } from './group.ts'

const running: RunningDetector[] = []
afterEach(async () => {
  for (const detector of running.splice(0)) await detector.stop()
})

/** The wall clock of these tests: as if everything had just been received. */
const NOW = START + 91_000

async function start(
  log: EventLog,
  options: DetectorOptions & { readonly now?: () => number } = {},
): Promise<RunningDetector> {
  const { now = () => NOW, ...rest } = options
  const deps = { log, logger: createSilentLogger(), metrics: createMetrics('detector'), now }
  const detector = await startDetector(deps, { tickMs: 20, heartbeatMs: 50, snapshotEveryMs: 0, ...rest })
  running.push(detector)
  return detector
}

function recordsOf(script: NodeScript, patient: string): LogRecord[] {
  return messagesOf(script).map((input) => recordOf(input, patient))
}
function recordOf({ headers, uplink }: TelemetryInput, patient: string): LogRecord {
  return {
    key: patient,
    headers: encodeTelemetryHeaders({ ...headers, patient }),
    value: encodeUplink(uplink, 'cbor'),
  }
}

const EVENTFUL: NodeScript = {
  seconds: 60,
  arrest: (second) => second >= 12 && second < 20,
  vitals: (second) => ({ spo2: second >= 30 && second < 50 ? 82 : 97, heartRate: 72 }),
  events: [{ second: 55, event: 'patient-button' }],
}

async function readAll(log: EventLog): Promise<{ kind: string; key: string; value: unknown }[]> {
  const all: { kind: string; key: string; value: unknown }[] = []
  for (const { partition } of await log.ends('findings')) {
    for await (const records of log.read('findings', partition, { from: 0 })) {
      for (const { headers, key, value } of records) {
        if (value !== null) all.push({ kind: headers['kind'] ?? '', key, value: decodeJson(value) })
      }
    }
  }
  return all
}
async function findingsOf(log: EventLog, patient = PATIENT): Promise<Finding[]> {
  const all = await readAll(log)
  return all.filter(({ kind, key }) => kind === 'finding' && key === patient).map(({ value }) => finding.parse(value))
}
/** What stands in the end, by id. */
async function standingOf(log: EventLog, patient = PATIENT): Promise<unknown[]> {
  const records = await findingsOf(log, patient)
  return standing(records.map((record): DetectionOutput => ({ kind: 'finding', record })))
}
const until = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 })
const ended = (type: string) => expect.objectContaining({ type, status: 'ended' })

/** What one detector finds that is never stopped. */
async function undisturbed(records: readonly LogRecord[]): Promise<unknown[]> {
  const log = createMemoryEventLog({ partitions: 2 })
  await log.append('telemetry', records)
  await start(log)
  await until(async () =>
    expect(await findingsOf(log)).toContainEqual(expect.objectContaining({ type: 'patient-button' })),
  )
  return standingOf(log)
}

describe('what comes out', () => {
  test('findings, beats and series follow their schemas, under the key of the patient', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    await start(log)
    await log.append('telemetry', recordsOf(EVENTFUL, PATIENT))
    await until(async () => {
      const findings = await findingsOf(log)
      for (const type of ['asystole', 'limit']) expect(findings).toContainEqual(ended(type))
      expect(findings).toContainEqual(expect.objectContaining({ type: 'patient-button', priority: 'high' }))
    })
    const all = await readAll(log)
    const beats = all.filter(({ kind }) => kind === 'beats').map(({ value }) => beatsRecord.parse(value))
    expect(beats.flatMap((record) => record.beats).length).toBeGreaterThan(50)
    const series = all
      .filter(({ kind }) => kind === 'derived')
      .flatMap(({ value }) => derivedRecord.parse(value).series)
    expect(new Set(series.map(({ code }) => code))).toContain('heartRate.ecg')
    expect(
      (await findingsOf(log)).every(({ positions }) =>
        (positions ?? []).every((place) => place.startsWith('telemetry/')),
      ),
    ).toBe(true)
  })

  test('a device that nobody wears is not analysed', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    const nobody = messagesOf(EVENTFUL).map(({ headers: { patient: _left, ...headers }, uplink }): LogRecord => ({
      key: 'd1',
      headers: encodeTelemetryHeaders(headers),
      value: encodeUplink(uplink, 'cbor'),
    }))
    await log.append('telemetry', nobody)
    await log.append('telemetry', recordsOf(EVENTFUL, PATIENT))
    await start(log)
    await until(async () => expect(await findingsOf(log)).toContainEqual(ended('asystole')))
    const keys = new Set((await readAll(log)).map(({ key }) => key))
    expect(keys).toEqual(new Set([PATIENT, SYSTEM_PATIENT]))
  })

  test('staff observations are scored', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    await start(log)
    const command = {
      type: 'observation',
      id: 'o1',
      patient: PATIENT,
      by: 'nurse',
      at: START,
      observedAt: START,
      vitals: { respirationRate: 26, spo2: 90, supplementalOxygen: 1, systolic: 95, heartRate: 120, consciousness: 'A', temperature: 38.6 }, // prettier-ignore
    }
    await log.append('staff-commands', [{ key: PATIENT, headers: { type: 'observation' }, value: encodeJson(command) }])
    await until(async () => {
      const score = (await findingsOf(log)).find(({ type }) => type === 'news2')
      expect(score).toMatchObject({ priority: 'high', evidence: { score: 13, complete: true } })
    })
  })

  test('heartbeats name the partitions, under the key of the system', async () => {
    const log = createMemoryEventLog({ partitions: 3 })
    await start(log, { worker: 'w1' })
    await until(async () => {
      const beats = (await readAll(log)).filter(({ kind, key }) => kind === 'heartbeat' && key === SYSTEM_PATIENT)
      expect(heartbeatRecord.parse(beats.at(-1)?.value)).toMatchObject({ worker: 'w1', partitions: [0, 1, 2] })
    })
  })
})

describe('restart', () => {
  test('a graceful stop in the middle changes nothing of what is found', async () => {
    const records = recordsOf(EVENTFUL, PATIENT)
    const expected = await undisturbed(records)
    const log = createMemoryEventLog({ partitions: 2 })
    for (let from = 0; from < records.length; from += 29) {
      const detector = await start(log)
      await log.append('telemetry', records.slice(from, from + 29))
      await until(async () => expect(await lagOf(log)).toBe(0))
      await detector.stop()
    }
    await start(log)
    await until(async () => expect(await standingOf(log)).toEqual(expected))
  })

  test('killed in the middle (nothing said or kept any more): the same findings with the same ids, none missed', async () => {
    const records = recordsOf(EVENTFUL, PATIENT)
    const expected = await undisturbed(records)
    const data = createMemoryLogData(2)
    const device = createMemoryEventLog({ data })
    for (let from = 0; from < records.length; from += 37) {
      const log = mortal(createMemoryEventLog({ data }))
      const detector = await start(log)
      await device.append('telemetry', records.slice(from, from + 37))
      // Killed with something not yet kept, or at least not yet committed, wherever it stands.
      await until(async () => expect(await lagOf(log)).toBeLessThan(37))
      log.kill()
      await detector.stop()
    }
    const log = createMemoryEventLog({ data })
    await start(log)
    await until(async () => expect(await standingOf(log)).toEqual(expected))
  })

  test('what could not be appended is appended later, once and in order', async () => {
    const records = recordsOf(EVENTFUL, PATIENT)
    const expected = await undisturbed(records)
    const inner = createMemoryEventLog({ partitions: 2 })
    let failures = 5
    const log: EventLog = {
      ...inner,
      append: (topic, given) => {
        if (topic === 'findings' && given.some(({ key }) => key === PATIENT) && failures-- > 0) {
          return Promise.reject(new Error('the disk is full for a moment'))
        }
        return inner.append(topic, given)
      },
    }
    await start(log)
    await log.append('telemetry', records)
    await until(async () => expect(await standingOf(log)).toEqual(expected))
    expect(failures).toBeLessThan(0)
  })
})

/** How many telemetry records are not in what the group committed. */
async function lagOf(log: EventLog): Promise<number> {
  const ends = await log.ends('telemetry')
  const committed = await log.committed(DETECTOR_GROUP, 'telemetry')
  return ends.reduce((sum, { partition, next, earliest }) => {
    const offset = committed.find((position) => position.partition === partition)?.offset ?? earliest
    return sum + next - offset
  }, 0)
}

/** A log through which, once killed, nothing more is written: as from a process that is gone. */
function mortal(log: EventLog): EventLog & { kill: () => void } {
  let isDead = false
  return {
    ...log,
    append: (topic, records) => (isDead ? Promise.reject(new Error('dead')) : log.append(topic, records)),
    consume: async (options) => {
      const consumer = await log.consume(options)
      return {
        get assigned() {
          return consumer.assigned
        },
        commit: (position) => (isDead ? Promise.reject(new Error('dead')) : consumer.commit(position)),
        stop: () => consumer.stop(),
      }
    },
    kill: () => {
      isDead = true
    },
  }
}

describe('isolation', () => {
  test('a record that cannot be read is put aside, and the others go on', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    const records = recordsOf(EVENTFUL, PATIENT)
    const garbage: LogRecord = { ...(records[10] ?? { key: '', headers: {} }), value: Uint8Array.of(0xff, 0, 1) }
    await log.append('telemetry', [...records.slice(0, 10), garbage, { key: 'x', headers: {}, value: Uint8Array.of(1) }, ...records.slice(10)]) // prettier-ignore
    await start(log)
    await until(async () => expect(await findingsOf(log)).toContainEqual(ended('limit')))
    const aside = []
    for await (const batch of log.read('quarantine', 0, { from: 0 })) aside.push(...batch)
    expect(aside.map(({ headers }) => quarantineReason.parse(JSON.parse(headers['reason'] ?? '')).topic)).toEqual([
      'telemetry/0/10',
      'telemetry/0/11',
    ])
  })

  test('a record is put aside once, also where what was found with it could not be appended at first', async () => {
    const inner = createMemoryEventLog({ partitions: 1 })
    let failures = 3
    const log: EventLog = {
      ...inner,
      append: (topic, given) =>
        topic === 'findings' && given.some(({ key }) => key === PATIENT) && failures-- > 0
          ? Promise.reject(new Error('the disk is full for a moment'))
          : inner.append(topic, given),
    }
    await log.append('telemetry', [{ key: 'x', headers: {}, value: Uint8Array.of(1) }, ...recordsOf(EVENTFUL, PATIENT)])
    await start(log)
    await until(async () => expect(await findingsOf(log)).toContainEqual(ended('limit')))
    expect(failures).toBeLessThan(0)
    expect((await inner.ends('quarantine'))[0]?.next).toBe(1)
  })

  test('an analysis that throws is said to the staff of that patient, and stops no other', async () => {
    const log = createMemoryEventLog({ partitions: 1 })
    const { createEcgAnalyzer } = await import('@pulsewire/ecg')
    const createAnalyzer: EcgAnalyzerFactory = (options, snapshot) => {
      if (options.lead === 'V1') throw new Error('a bug')
      return createEcgAnalyzer(options, snapshot)
    }
    await log.append('telemetry', recordsOf({ ...EVENTFUL, leads: ['V1'], device: 'd2' }, 'p2'))
    await log.append('telemetry', recordsOf(EVENTFUL, PATIENT))
    await start(log, { createAnalyzer })
    await until(async () => expect(await findingsOf(log)).toContainEqual(ended('asystole')))
    const said = (await findingsOf(log, 'p2')).filter(({ type }) => type === 'system')
    expect(said).toMatchObject([{ priority: 'medium', status: 'open' }])
  })
})

describe('sharing', () => {
  test('two detectors share the partitions, and one takes over from the other', async () => {
    const log = createMemoryEventLog({ partitions: 4 })
    const [a, b] = [await start(log, { worker: 'a' }), await start(log, { worker: 'b' })]
    await until(async () => {
      expect(a.partitions.length).toBe(2)
      expect([...a.partitions, ...b.partitions].toSorted((x, y) => x - y)).toEqual([0, 1, 2, 3])
    })
    const patients = Array.from({ length: 8 }, (_, index) => `patient-${index}`)
    const half = 40
    for (const patient of patients) await log.append('telemetry', recordsOf(EVENTFUL, patient).slice(0, half))
    await until(async () => expect(await lagOf(log)).toBe(0))
    await a.stop()
    for (const patient of patients) await log.append('telemetry', recordsOf(EVENTFUL, patient).slice(half))
    await until(async () => {
      for (const patient of patients) {
        const found = await findingsOf(log, patient)
        expect(found).toContainEqual(ended('asystole'))
        expect(new Set(found.filter(({ type }) => type === 'asystole').map(({ id }) => id)).size).toBe(1)
      }
    })
    expect(b.partitions).toEqual([0, 1, 2, 3])
  })
})

describe('silence', () => {
  const patient: RegistryEntity = { kind: 'patient', id: PATIENT, name: 'A. Patient' }
  const association: RegistryEntity = { kind: 'association', id: 'd1', spans: [{ patient: PATIENT, from: START }] }

  test('a worn device that falls silent is missed, and found again', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    for (const entity of [patient, association]) await registry.change(entity, { expectedVersion: 0, by: 'test' })
    let nowMs = START + 1_000
    const records = recordsOf({ seconds: 40, vitals: () => ({ heartRate: 70 }) }, PATIENT)
    await start(log, { now: () => nowMs })
    await log.append('telemetry', records.slice(0, 20))
    await until(async () => expect(await lagOf(log)).toBe(0))
    nowMs = START + 60_000
    await until(async () => {
      const [missed] = (await findingsOf(log)).filter(({ type }) => type === 'no-data')
      expect(missed).toMatchObject({ status: 'open', device: 'd1', priority: 'medium' })
    })
    await log.append('telemetry', records.slice(20))
    await until(async () => expect(await findingsOf(log)).toContainEqual(ended('no-data')))
    await registry.close()
  })

  test('a worn device that falls silent is missed also after the clock was set back', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    for (const entity of [patient, association]) await registry.change(entity, { expectedVersion: 0, by: 'test' })
    const hour = 3_600_000
    let nowMs = START + hour
    await start(log, { now: () => nowMs })
    const records = messagesOf({ seconds: 20, vitals: () => ({ heartRate: 70 }) }).map((input) => {
      const headers = { ...input.headers, receivedAt: input.headers.receivedAt + hour }
      return recordOf({ ...input, headers }, PATIENT)
    })
    await log.append('telemetry', records)
    await until(async () => expect(await lagOf(log)).toBe(0))
    nowMs = START + 60_000
    const beats = async (): Promise<number> => (await readAll(log)).filter(({ kind }) => kind === 'heartbeat').length
    const before = await beats()
    await until(async () => expect(await beats()).toBeGreaterThan(before + 2)) // ticks at the new time
    nowMs += 30_000
    await until(async () => {
      const missed = (await findingsOf(log)).filter(({ type }) => type === 'no-data')
      expect(missed.at(-1)).toMatchObject({ status: 'open', device: 'd1' })
    })
    await registry.close()
  })

  test('a worker that has lost its partition writes no state over that of the new owner, and nothing of its own silence', async () => {
    const inner = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(inner)
    for (const entity of [patient, association]) await registry.change(entity, { expectedVersion: 0, by: 'test' })
    let isLost = false
    let refused = 0
    const log: EventLog = {
      ...inner,
      consume: async (options) => {
        const consumer = await inner.consume(options)
        return {
          get assigned() {
            return consumer.assigned
          },
          commit: async (position) => {
            if (!isLost) return consumer.commit(position)
            refused += 1
            throw new PulsewireError('PW_CONFLICT')
          },
          stop: () => consumer.stop(),
        }
      },
    }
    const states = async (): Promise<number> =>
      (await inner.ends('detector-state')).reduce((sum, { next }) => sum + next, 0)
    let nowMs = START + 40_000
    await start(log, { now: () => nowMs })
    await log.append('telemetry', recordsOf({ seconds: 30, vitals: () => ({ heartRate: 70 }) }, PATIENT))
    await until(async () => {
      expect(await lagOf(log)).toBe(0)
      expect(await states()).toBeGreaterThan(0)
    })
    isLost = true
    const kept = await states()
    nowMs += 60_000
    await until(async () => expect(refused).toBeGreaterThan(5)) // rounds in which it tries to write
    expect(await states()).toBe(kept)
    expect(await findingsOf(log)).not.toContainEqual(expect.objectContaining({ type: 'no-data' }))
    await registry.close()
  })

  test('a device that never sends anything is missed after a minute', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    let nowMs = START + 1_000
    await start(log, { now: () => nowMs })
    for (const entity of [patient, association]) await registry.change(entity, { expectedVersion: 0, by: 'test' })
    nowMs = START + 30_000
    await new Promise((resolve) => setImmediate(resolve))
    expect(await findingsOf(log)).toEqual([])
    nowMs = START + 100_000
    await until(async () => expect(await findingsOf(log)).toContainEqual(expect.objectContaining({ type: 'no-data' })))
    await registry.close()
  })
})
