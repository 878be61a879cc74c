import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { LOG_TOPICS, PulsewireError, evidencePin, type EvidencePin, type Finding } from '@pulsewire/contracts'
import { PATIENT, START } from '@pulsewire/detection/test-support'
import { MAX_RECORD_BYTES, createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { createJournal, type Base } from './journal.ts'
import { createPinParts, partsOf } from './parts.ts'
import { createPinWriter } from './pin-writer.ts'

const finding = (change: Partial<Finding> = {}): Finding => ({
  id: 'p1.asystole.1',
  type: 'asystole',
  patient: PATIENT,
  status: 'open',
  onset: START,
  seenUntil: START,
  late: false,
  confidence: 1,
  quality: 1,
  priority: 'high',
  message: 'a message',
  evidence: {},
  rule: { name: 'asystole', version: '1' },
  ...change,
})
const said = (...records: Finding[]) => records.map((record) => ({ kind: 'finding', record }) as const)
const base = (change: Partial<Base> = {}) => ({ context: { devices: [] }, revisions: 0, ...change })
const state = (text: string): Uint8Array => Buffer.from(text)

describe('what is pinned', () => {
  test('nothing, while nothing asks for an alarm', () => {
    const journal = createJournal(PATIENT, base())
    const { priority: _none, ...quiet } = finding()
    expect(journal.marked(said(quiet))).toEqual(said(quiet))
    expect(journal.renew(base())).toBeUndefined()
  })

  test('one pin for all alarms until the next state, each under a name of its own; an update is not pinned again', () => {
    const journal = createJournal(PATIENT, base())
    const [first] = journal.marked(said(finding()))
    const [second] = journal.marked(said(finding({ id: 'p1.limit.2', type: 'limit', priority: 'medium' })))
    const [update] = journal.marked(said(finding({ seenUntil: START + 10_000, evidence: { seconds: 10 } })))
    expect(first?.record).toMatchObject({ pin: 'p1.asystole.1.high' })
    expect(second?.record).toMatchObject({ pin: 'p1.limit.2.medium' })
    expect(update?.record).not.toHaveProperty('pin')
    expect(journal.renew(base())?.findings).toEqual([first?.record, second?.record])
    expect(journal.renew(base())).toBeUndefined()
  })

  test('a louder alarm is pinned anew, a softer one is not, nor what was known before a restart', () => {
    const journal = createJournal(PATIENT, base())
    const pins = (['medium', 'high', 'medium'] as const).map((priority) => {
      journal.marked(said(finding({ priority })))
      return journal.renew(base())?.findings[0]?.pin
    })
    expect(pins).toEqual(['p1.asystole.1.medium', 'p1.asystole.1.high', undefined])
  })

  test('old data that is seen to stand now rings, and is pinned', () => {
    const journal = createJournal(PATIENT, base())
    journal.marked(said(finding({ late: true })))
    expect(journal.renew(base())?.findings[0]?.pin).toBe('p1.asystole.1.high.late')
    journal.marked(said(finding()))
    expect(journal.renew(base())?.findings[0]?.pin).toBe('p1.asystole.1.high')
  })

  test('what led there is in it, as far back as two states; and what was pinned is not pinned again', () => {
    const journal = createJournal(PATIENT, base({ state: state('0') }))
    for (let step = 1; step <= 4; step++) {
      journal.step(['tick', START + step, 0])
      journal.renew(base({ state: state(String(step)) }))
    }
    journal.marked(said(finding()))
    journal.step(['tick', START + 5, 0])
    const states = (request: ReturnType<typeof journal.renew>) =>
      request?.generations.map((generation) => String(generation.base.state))
    expect(states(journal.renew(base({ state: state('5') })))).toEqual(['2', '3', '4'])
    journal.marked(said(finding({ id: 'p1.asystole.2' })))
    expect(states(journal.renew(base()))).toEqual(['5'])
  })

  test('asks for the state early where it names much, be it bytes or steps', () => {
    const journal = createJournal(PATIENT, base())
    for (let record = 0; record < 40; record++) journal.step(['telemetry', record], 256 * 1024)
    expect(journal.isFull).toBe(true)
    journal.renew(base())
    expect(journal.isFull).toBe(false)
    for (let second = 0; second < 400; second++) journal.step(['tick', START + second, 0])
    expect([journal.isFull, journal.isLong]).toEqual([false, true])
  })
})

describe('the pin in the log', () => {
  const devices: Base['context']['devices'] = []

  async function logWith(records: number): Promise<EventLog> {
    const log = createMemoryEventLog({ partitions: 1 })
    for (let seq = 0; seq < records; seq++) {
      await log.append('telemetry', [{ key: PATIENT, headers: { seq: String(seq) }, value: Uint8Array.of(seq) }])
    }
    return log
  }
  async function pinsOf(log: EventLog, id: string): Promise<EvidencePin[]> {
    const parts = createPinParts(id)
    for await (const records of log.read('evidence', 0, { from: 0 })) for (const record of records) parts.take(record)
    return parts.pins()
  }
  const request = (offsets: readonly number[][], id = 'pin') => ({
    patient: PATIENT,
    generations: offsets.map((some, index) => ({
      base: { ...base({ context: { devices } }), state: state(`state ${index}`) },
      steps: some.map((offset) => ['telemetry', offset] as ['telemetry', number]),
    })),
    findings: [finding({ pin: id })],
    revisions: 0,
  })
  const errors: Error[] = []
  const writerOf = (log: EventLog) =>
    createPinWriter({ log, partition: 0, onError: (error) => void errors.push(error) })

  test('has the records byte for byte, and the state before them', async () => {
    const log = await logWith(10)
    const writer = writerOf(log)
    writer.add(request([[2, 3], [5]]))
    await writer.write()
    const [pin] = await pinsOf(log, 'pin')
    expect(pin?.records.map(({ offset, headers, value }) => [offset, headers['seq'], Buffer.from(value, 'base64')[0]])) // prettier-ignore
      .toEqual([[2, '2', 2], [3, '3', 3], [5, '5', 5]]) // prettier-ignore
    expect(Buffer.from(pin?.state ?? '', 'base64').toString()).toBe('state 0')
    expect(pin?.missing).toEqual([])
  })

  test('begins later where the log has forgotten what led there', async () => {
    const log = await logWith(10)
    const gone: EventLog = { ...log, read: (topic, partition, range) => log.read(topic, partition, { ...range, from: Math.max(range.from, topic === 'telemetry' ? 4 : 0) }) } // prettier-ignore
    const writer = writerOf(gone)
    writer.add(request([[2, 3], [5]]))
    await writer.write()
    const [pin] = await pinsOf(log, 'pin')
    expect(pin?.records.map(({ offset }) => offset)).toEqual([5])
    expect(Buffer.from(pin?.state ?? '', 'base64').toString()).toBe('state 1')
  })

  test('says what is missing where the window itself cannot be read, and so does the log of the detector', async () => {
    const log = await logWith(3)
    const writer = writerOf(log)
    errors.length = 0
    writer.add(request([[2, 7]]))
    await writer.write()
    expect((await pinsOf(log, 'pin'))[0]?.missing).toEqual(['telemetry/0/7'])
    expect(errors.map(({ message }) => message)).toEqual(['pin is pinned without telemetry/0/7'])
  })

  test('is written by the next try where the log does not take it, and nothing of it is lost', async () => {
    const log = await logWith(3)
    let failures = 2
    const failing: EventLog = {
      ...log,
      append: (topic, records) =>
        failures-- > 0 ? Promise.reject(new PulsewireError('PW_LOG_FULL')) : log.append(topic, records),
    }
    const writer = writerOf(failing)
    for (const id of ['a', 'b']) writer.add(request([[1]], id))
    await expect(writer.write()).rejects.toThrow('No space')
    await expect(writer.write()).rejects.toThrow('No space')
    await writer.write()
    for (const id of ['a', 'b']) expect(await pinsOf(log, id)).toHaveLength(1)
  })

  test('is kept like alarms: neither compacted nor under retention', () => {
    expect(LOG_TOPICS.evidence).toEqual(LOG_TOPICS.alarms)
  })
})

describe('the parts of a pin', () => {
  const pin = (change: Partial<EvidencePin> = {}): EvidencePin =>
    evidencePin.parse({
      format: 1,
      id: 'pin',
      patient: PATIENT,
      partition: 0,
      monitorVersion: 2,
      state: randomBytes(3_000_000).toString('base64'),
      context: { devices: [] },
      steps: [],
      records: [],
      missing: [],
      findings: [finding()],
      ...change,
    })
  const read = async (records: Awaited<ReturnType<typeof partsOf>>) => {
    const parts = createPinParts('pin')
    for (const record of records) parts.take(record)
    return parts.pins()
  }

  test('are small enough for the log, and come together again in any order, twice, and mixed with another writing', async () => {
    const written = await partsOf(pin())
    expect(written.length).toBeGreaterThan(2)
    for (const { value } of written) expect(value?.byteLength).toBeLessThan(MAX_RECORD_BYTES)
    const again = await partsOf(pin({ state: null }))
    const mixed = [...written.toReversed(), ...again, ...written]
    expect(new Set((await read(mixed)).map(({ state: kept }) => kept === null))).toEqual(new Set([false, true]))
    const log = createMemoryEventLog({ partitions: 1 })
    expect(await log.append('evidence', written)).toHaveLength(written.length)
  })

  test('are found by the name of each alarm that shares them', async () => {
    const findings = [finding({ pin: 'pin' }), finding({ pin: 'other' }), finding({ pin: 'third' })]
    const written = await partsOf(pin({ findings }))
    for (const name of ['pin', 'other', 'third']) {
      const parts = createPinParts(name)
      for (const record of written) parts.take(record)
      expect(await parts.pins()).toMatchObject([{ id: 'pin', findings }])
    }
  })

  test('one that was changed is told, and so is one that is not there', async () => {
    const written = await partsOf(pin())
    const [first, ...others] = written
    const changed = Uint8Array.from(first?.value ?? [])
    changed[1_000] = (changed[1_000] ?? 0) ^ 1
    const damaged = [{ key: PATIENT, headers: first?.headers ?? {}, value: changed }, ...others]
    await expect(read(damaged)).rejects.toMatchObject({
      code: 'PW_LOG_DAMAGED',
      message: expect.stringContaining('checksum'),
    })
    await expect(read(others)).rejects.toMatchObject({
      code: 'PW_LOG_DAMAGED',
      message: expect.stringContaining(`${others.length} of ${written.length} parts`),
    })
    await expect(read([])).rejects.toMatchObject({ code: 'PW_NOT_FOUND' })
    expect(await read([...damaged, ...(await partsOf(pin({ state: null })))])).toHaveLength(1)
  })
})
