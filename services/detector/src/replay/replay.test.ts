import { afterEach, describe, expect, test, vi } from 'vitest'
import { decide, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import { alarmEvent, encodeTelemetryHeaders, finding, type Alarm, type RegistryEntity } from '@pulsewire/contracts'
import { decodeJson, encodeJson, encodeUplink } from '@pulsewire/codec'
import { ALARM_RULES } from '@pulsewire/detection'
import { PATIENT, START, messagesOf, type NodeScript } from '@pulsewire/detection/test-support'
import { createMemoryEventLog, createMemoryLogData, type EventLog, type LogRecord } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import { startDetector, type DetectorOptions, type RunningDetector } from '../detector.ts'
import { DETECTOR_GROUP } from '../group.ts'
import { createPinParts, partsOf } from '../evidence/parts.ts'
import type { EvidencePin } from '@pulsewire/contracts'
import { replayAlarm } from './replay-alarm.ts'
import { reportOf } from './report.ts'

const running: RunningDetector[] = []
afterEach(async () => {
  for (const detector of running.splice(0)) await detector.stop()
})
const until = (check: () => Promise<void>): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 })

const EVENTFUL: NodeScript = {
  seconds: 60,
  arrest: (second) => second >= 12 && second < 20,
  vitals: (second) => ({ spo2: second >= 30 && second < 50 ? 82 : 97, heartRate: 72 }),
  events: [{ second: 55, event: 'patient-button' }],
}
const recordsOf = (script: NodeScript): LogRecord[] =>
  messagesOf(script).map(({ headers, uplink }) => ({
    key: PATIENT,
    headers: encodeTelemetryHeaders({ ...headers, patient: PATIENT }),
    value: encodeUplink(uplink, 'cbor'),
  }))

async function start(log: EventLog, options: DetectorOptions & { now?: () => number } = {}): Promise<RunningDetector> {
  const { now = () => START + 91_000, ...rest } = options
  const deps = { log, logger: createSilentLogger(), metrics: createMetrics('detector'), now }
  const detector = await startDetector(deps, { tickMs: 20, heartbeatMs: 50, snapshotEveryMs: 60_000, ...rest })
  running.push(detector)
  return detector
}

/** What an alarm manager does with what is found. */
async function raiseAlarms(log: EventLog): Promise<Alarm[]> {
  let state: PatientAlarms = noAlarms(PATIENT)
  const raised = new Map<string, Alarm>()
  const partition = log.partitionOf('findings', PATIENT)
  for await (const records of log.read('findings', partition, { from: 0 })) {
    for (const { headers, key, value } of records) {
      if (headers['kind'] !== 'finding' || key !== PATIENT || value === null) continue
      const found = finding.parse(decodeJson(value))
      const decided = decide(state, { kind: 'finding', at: START + 100_000, finding: found })
      state = decided.state
      for (const event of decided.events) {
        await log.append('alarms', [{ key: PATIENT, headers: {}, value: encodeJson(event) }])
        if (event.alarm !== undefined) raised.set(event.alarm.id, alarmEvent.parse(event).alarm ?? event.alarm)
      }
    }
  }
  return [...raised.values()]
}

async function lagOf(log: EventLog): Promise<number> {
  const committed = await log.committed(DETECTOR_GROUP, 'telemetry')
  return (await log.ends('telemetry')).reduce(
    (sum, { partition, next, earliest }) =>
      sum + next - (committed.find((position) => position.partition === partition)?.offset ?? earliest),
    0,
  )
}
async function analysed(log: EventLog, records: readonly LogRecord[], options: DetectorOptions = {}): Promise<Alarm[]> {
  await log.append('telemetry', records)
  const detector = await start(log, options)
  await until(async () => expect(await findings(log)).toContain('patient-button'))
  await detector.stop()
  return raiseAlarms(log)
}
async function findings(log: EventLog): Promise<string[]> {
  const types: string[] = []
  for await (const records of log.read('findings', log.partitionOf('findings', PATIENT), { from: 0 })) {
    for (const { headers, value } of records) {
      if (headers['kind'] === 'finding' && value !== null) types.push(finding.parse(decodeJson(value)).type)
    }
  }
  return types
}
async function pinned(log: EventLog, name: string): Promise<EvidencePin> {
  const parts = createPinParts(name)
  for await (const records of log.read('evidence', log.partitionOf('evidence', PATIENT), { from: 0 })) {
    for (const record of records) parts.take(record)
  }
  const [pin] = await parts.pins()
  if (pin === undefined) throw new Error('not pinned')
  return pin
}
/** A log with the same alarms, and other evidence. */
async function withEvidence(log: EventLog, change: (pin: EvidencePin) => EvidencePin, name: string): Promise<EventLog> {
  const other = createMemoryEventLog({ partitions: 2 })
  for await (const records of log.read('alarms', log.partitionOf('alarms', PATIENT), { from: 0 })) {
    await other.append('alarms', records)
  }
  await other.append('evidence', await partsOf(change(await pinned(log, name))))
  return other
}

describe('an alarm, from what is pinned', () => {
  test('every one comes out the same, also when the log has forgotten the rest', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const alarms = await analysed(log, recordsOf(EVENTFUL))
    expect(new Set(alarms.map(({ type }) => type))).toEqual(new Set(['pause', 'asystole', 'limit', 'patient-button']))
    const { removed } = await log.maintain({ retentionMs: 0, now: Date.now() + 60_000, keepFor: [DETECTOR_GROUP] })
    expect(removed).toBeGreaterThan(60)
    expect((await log.ends('telemetry')).every(({ earliest, next }) => earliest === next)).toBe(true)
    for (const alarm of alarms) {
      const comparisons = await replayAlarm(log, alarm.id)
      expect(reportOf(alarm.id, comparisons)).toContain('The same alarm comes of it again.')
      for (const comparison of comparisons) expect(comparison).toMatchObject({ isSame: true, remarks: [] })
      const names = new Set(comparisons[0]?.fields.map(({ name }) => name))
      for (const name of ['id', 'onset', 'priority', 'rule.name', 'rule.version', 'alarm.priority', 'alarm.onset']) {
        expect(names).toContain(name)
      }
    }
  })

  test('does so wherever states were kept, with restarts between, and with data that came late and out of order', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const records = recordsOf(EVENTFUL)
    // A hole of three messages that is filled half a minute later.
    const hole = records.splice(25, 3)
    records.splice(60, 0, ...hole)
    for (let from = 0; from < records.length; from += 29) {
      const detector = await start(log, { snapshotEveryMs: 0 })
      await log.append('telemetry', records.slice(from, from + 29))
      await until(async () => expect(await lagOf(log)).toBe(0))
      await detector.stop()
    }
    const alarms = await raiseAlarms(log)
    expect(alarms.map(({ type }) => type)).toContain('asystole')
    for (const { id } of alarms) {
      expect((await replayAlarm(log, id)).map(({ isSame }) => isSame)).not.toContain(false)
    }
  })

  test.each([
    ['an alarm and its pin', 'evidence'],
    ['the pin and the state after it', 'detector-state'],
  ])('does so where the detector was killed again and again between %s', async (_between, deadly) => {
    const data = createMemoryLogData(2)
    const device = createMemoryEventLog({ data })
    const records = recordsOf(EVENTFUL)
    for (let from = 0; from < records.length; from += 13) {
      const log = mortal(createMemoryEventLog({ data }), deadly)
      const detector = await start(log)
      await device.append('telemetry', records.slice(from, from + 13))
      await until(async () => expect(log.isAnalysing()).toBe(true))
      log.kill()
      await detector.stop()
    }
    const detector = await start(device)
    await until(async () => expect(await findings(device)).toContain('patient-button'))
    await detector.stop()
    const alarms = await raiseAlarms(device)
    expect(alarms.length).toBeGreaterThanOrEqual(4)
    for (const { id } of alarms) {
      expect((await replayAlarm(device, id)).map(({ isSame }) => isSame)).not.toContain(false)
    }
  })

  test('late data that is put in its place within the window is put there again, with the memory from before the window', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const records = recordsOf({ ...EVENTFUL, events: [], vitals: () => ({ heartRate: 72 }) })
    const hole = records.splice(20, 16)
    const detector = await start(log, { snapshotEveryMs: 0 })
    for (let from = 0; from < 60; from += 10) {
      await log.append('telemetry', records.slice(from, from + 10))
      await until(async () => expect(await lagOf(log)).toBe(0))
    }
    // The window begins with a state from behind the hole, kept without the memory in which it is filled. In the hole is the arrest.
    await log.append('telemetry', [...hole, ...records.slice(60)])
    await until(async () => expect(await findings(log)).toContain('asystole'))
    await detector.stop()
    const alarms = await raiseAlarms(log)
    const asystole = alarms.find(({ type }) => type === 'asystole')
    expect((await replayAlarm(log, asystole?.id ?? '')).map(({ isSame }) => isSame)).toEqual([true])
  })

  test('silence, too: the time is part of what is pinned', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    const patient: RegistryEntity = { kind: 'patient', id: PATIENT, name: 'A. Patient' }
    const association: RegistryEntity = { kind: 'association', id: 'd1', spans: [{ patient: PATIENT, from: START }] }
    for (const entity of [patient, association]) await registry.change(entity, { expectedVersion: 0, by: 'test' })
    let nowMs = START + 1_000
    const detector = await start(log, { now: () => nowMs, snapshotEveryMs: 0 })
    await log.append('telemetry', recordsOf({ seconds: 20, vitals: () => ({ heartRate: 70 }) }))
    await until(async () => expect(await lagOf(log)).toBe(0))
    nowMs = START + 60_000
    await until(async () => expect(await findings(log)).toContain('no-data'))
    await detector.stop()
    const [alarm] = await raiseAlarms(log)
    const [comparison] = await replayAlarm(log, alarm?.id ?? '')
    expect(comparison).toMatchObject({ isSame: true, pin: { context: { devices: [{ id: 'd1' }] } } })
    await registry.close()
  })

  test('says the limits that were in force, the patient’s own before those of the house', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    const patient: RegistryEntity = { kind: 'patient', id: PATIENT, name: 'A. Patient', limits: { spo2: { low: 94 } } }
    await registry.change(patient, { expectedVersion: 0, by: 'test' })
    const script: NodeScript = { ...EVENTFUL, vitals: (second) => ({ spo2: second < 30 ? 98 : 92, heartRate: 72 }) }
    const alarms = await analysed(log, recordsOf(script))
    const alarm = alarms.find(({ type }) => type === 'limit')
    expect(alarm?.evidence).toMatchObject({ code: 'spo2', side: 'low', limit: 94 })
    const [comparison] = await replayAlarm(log, alarm?.id ?? '')
    expect(comparison).toMatchObject({ isSame: true, limits: { spo2: { low: 94 }, heartRate: { low: 50, high: 120 } } })
    await registry.close()
  })

  test('says the scale of oxygen that a NEWS2 was scored by', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const registry = await openRegistryView(log)
    const patient: RegistryEntity = { kind: 'patient', id: PATIENT, name: 'A. Patient', spo2Scale: 2 }
    await registry.change(patient, { expectedVersion: 0, by: 'test' })
    const command = {
      type: 'observation',
      id: 'o1',
      patient: PATIENT,
      by: 'nurse',
      at: START,
      observedAt: START,
      vitals: { respirationRate: 26, spo2: 90, supplementalOxygen: 1, systolic: 95, heartRate: 120, consciousness: 'A', temperature: 38.6 }, // prettier-ignore
    }
    const detector = await start(log)
    await log.append('staff-commands', [{ key: PATIENT, headers: { type: 'observation' }, value: encodeJson(command) }])
    await until(async () => expect(await findings(log)).toContain('news2'))
    await detector.stop()
    const score = (await raiseAlarms(log)).find(({ type }) => type === 'news2')
    expect(score?.evidence).toMatchObject({ spo2Scale: 2, points: { spo2: 0 } })
    const [comparison] = await replayAlarm(log, score?.id ?? '')
    expect(comparison).toMatchObject({ isSame: true, pin: { context: { spo2Scale: 2 } } })
    await registry.close()
  })
})

test('a pin that takes its time delays nothing that is found meanwhile, and comes all the same', async () => {
  const inner = createMemoryEventLog({ partitions: 2 })
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let waiting = 0
  const log: EventLog = {
    ...inner,
    async *read(topic, partition, range) {
      if (topic === 'telemetry') {
        waiting += 1
        await gate
      }
      yield* inner.read(topic, partition, range)
    },
  }
  const records = recordsOf(EVENTFUL)
  await start(log)
  await log.append('telemetry', records.slice(0, 60))
  await until(async () => expect(waiting).toBe(1))
  expect(await findings(inner)).toContain('asystole')
  await log.append('telemetry', records.slice(60))
  await until(async () => expect(await findings(inner)).toContain('patient-button'))
  expect((await inner.ends('evidence')).every(({ next }) => next === 0)).toBe(true)
  open()
  await until(async () => expect((await inner.ends('evidence')).some(({ next }) => next > 0)).toBe(true))
})

describe('a replay that can fail', () => {
  async function asystole(): Promise<{ log: EventLog; alarm: Alarm; pin: string }> {
    const log = createMemoryEventLog({ partitions: 2 })
    const alarm = (await analysed(log, recordsOf(EVENTFUL))).find(({ type }) => type === 'asystole')
    if (alarm?.pin === undefined) throw new Error('no asystole')
    return { log, alarm, pin: alarm.pin }
  }

  test('other samples: another alarm, or none, and it says where', async () => {
    const { log, alarm, pin } = await asystole()
    const beating = recordsOf({ ...EVENTFUL, arrest: (second) => second >= 14 && second < 20 })
    const changed = await withEvidence(log, (kept) => withValues(kept, beating), pin)
    const comparisons = await replayAlarm(changed, alarm.id)
    expect(comparisons[0]?.isSame).toBe(false)
    expect(reportOf(alarm.id, comparisons)).toMatch(/DIFFERENT: not the same alarm/)

    const healthy = recordsOf({ ...EVENTFUL, arrest: () => false })
    const none = await replayAlarm(await withEvidence(log, (kept) => withValues(kept, healthy), pin), alarm.id)
    expect(none[0]).toMatchObject({ isSame: false, remarks: ['Nothing of the kind is found in what is pinned'] })
  })

  test('another limit: the same values ring no more', async () => {
    const log = createMemoryEventLog({ partitions: 2 })
    const limit = (await analysed(log, recordsOf(EVENTFUL))).find(({ type }) => type === 'limit')
    const lower = await withEvidence(
      log,
      (kept) => ({ ...kept, context: { ...kept.context, limits: { spo2: { low: 80 } } } }),
      limit?.pin ?? '',
    )
    expect((await replayAlarm(lower, limit?.id ?? ''))[0]?.isSame).toBe(false)
  })

  test('a rule of another version: both are shown, and why they may differ', async () => {
    const { log, alarm, pin } = await asystole()
    const rule = { name: 'asystole', version: '0' }
    const older = await withEvidence(
      log,
      (kept) => ({
        ...kept,
        findings: kept.findings.map((found) => (found.id === alarm.id ? { ...found, rule } : found)),
      }),
      pin,
    )
    const comparisons = await replayAlarm(older, alarm.id)
    const today = ALARM_RULES.asystole.version
    expect(comparisons[0]?.fields).toContainEqual({ name: 'rule.version', was: '0', now: today, isSame: false })
    expect(reportOf(alarm.id, comparisons)).toContain(`was version 0 then and is version ${today} in this code`)
  })

  test('damaged, not pinned, unknown: an error that says so, never "the same"', async () => {
    const { log, alarm, pin } = await asystole()
    const damaged = createMemoryEventLog({ partitions: 2 })
    for await (const records of log.read('alarms', log.partitionOf('alarms', PATIENT), { from: 0 })) {
      await damaged.append('alarms', records)
    }
    await expect(replayAlarm(damaged, alarm.id)).rejects.toMatchObject({ code: 'PW_NOT_FOUND', message: expect.stringContaining(pin) }) // prettier-ignore
    const parts = await partsOf(await pinned(log, pin))
    const flipped = parts.map(({ value, ...part }) => ({ ...part, value: value === null ? null : value.map((byte, index) => (index === 50 ? byte ^ 1 : byte)) })) // prettier-ignore
    await damaged.append('evidence', flipped)
    await expect(replayAlarm(damaged, alarm.id)).rejects.toMatchObject({ code: 'PW_LOG_DAMAGED' })
    await expect(replayAlarm(log, 'p1.asystole.12')).rejects.toMatchObject({ code: 'PW_NOT_FOUND' })
  })
})

/** A log through which nothing more is written once something shall go into `deadly`: as from a process that is gone. */
function mortal(log: EventLog, deadly: string): EventLog & { kill: () => void; isAnalysing: () => boolean } {
  let isDead = false
  let isAnalysing = false
  return {
    ...log,
    append: (topic, records) => {
      if (topic === deadly) isDead = true
      if (isDead) return Promise.reject(new Error('dead'))
      isAnalysing ||= topic === 'findings' && records.some(({ key }) => key === PATIENT)
      return log.append(topic, records)
    },
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
    isAnalysing: () => isAnalysing,
  }
}

/** The pin with what other messages hold, at the same places. */
function withValues(pin: EvidencePin, other: readonly LogRecord[]): EvidencePin {
  return {
    ...pin,
    records: pin.records.map((record) => {
      const value = other[record.offset]?.value
      return { ...record, value: Buffer.from(value ?? new Uint8Array()).toString('base64') }
    }),
  }
}
