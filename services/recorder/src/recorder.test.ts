import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJson } from '@pulsewire/codec'
import { PulsewireError } from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { createMetrics, createSilentLogger } from '@pulsewire/runtime'
import type { VitalsStore } from '@pulsewire/vitals-store'
import { openStoreInThisThread } from '@pulsewire/vitals-store/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RECORDER_GROUP, startRecorder, type RecorderOptions, type RunningRecorder } from './recorder.ts'
import { alarm } from './testing/alarm.ts'
import { json, T0, telemetry, vitalsUplink, waveformUplink } from './testing/records.ts'

const RANGE = { from: T0 - 1000, to: T0 + 10_000_000 }

describe('the recorder', () => {
  let directory: string
  let log: EventLog
  let store: VitalsStore
  let recorder: RunningRecorder | undefined
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pulsewire-recorder-'))
    log = createMemoryEventLog({ partitions: 4 })
    store = await openStoreInThisThread({ directory })
  })
  afterEach(async () => {
    await recorder?.stop()
    recorder = undefined
    await store.close()
    await log.close()
    await rm(directory, { recursive: true })
  })
  const start = async (options: RecorderOptions = {}, over: VitalsStore = store) => {
    recorder = await startRecorder(
      { log, store: over, logger: createSilentLogger(), metrics: createMetrics('recorder') },
      { windowMs: 5, retryMs: 5, maxRetryMs: 20, ...options },
    )
    return recorder
  }
  /** Until everything in the log is in the store. */
  const caughtUp = async () =>
    vi.waitFor(
      async () => {
        const { positions } = await store.ledger()
        for (const topic of ['telemetry', 'findings', 'alarms', 'staff-commands', 'quarantine'] as const) {
          for (const { partition, next } of await log.ends(topic)) {
            const known = positions.find((position) => position.topic === topic && position.partition === partition)
            expect(known?.offset ?? 0).toBe(next)
          }
        }
      },
      { timeout: 10_000, interval: 10 },
    )
  const heartRates = async (patient = 'p1') => {
    const { series } = await store.vitals({ patient, codes: ['heartRate'], ...RANGE })
    return series[0]?.points.map(({ value }) => value)
  }

  it('stores what every topic says, and counts it (G2)', async () => {
    await start()
    await log.append('telemetry', [
      telemetry(vitalsUplink(0)),
      telemetry(waveformUplink(1)),
      telemetry({ kind: 'event', message: { boot: 'b1', seq: 2, at: T0, event: 'fall' } }),
      telemetry(vitalsUplink(3, { heartRate: 50 }), { patient: null }),
    ])
    const reason = {
      device: 'd1',
      topic: 't',
      code: 'PW_TOPIC_UNKNOWN',
      detail: '',
      receivedAt: T0,
      bytes: 0,
      sha256: '',
    }
    await log.append('quarantine', [
      { key: 'd1', headers: { reason: JSON.stringify(reason) }, value: new Uint8Array() },
    ])
    const observation = {
      type: 'observation',
      id: 'c1',
      patient: 'p1',
      by: 'nurse',
      at: T0,
      observedAt: T0,
      vitals: { spo2: 96 },
    }
    await log.append('staff-commands', [json('p1', observation, { type: 'observation' })])
    const beats = { patient: 'p1', device: 'd1', signal: 'ecg.II', from: T0, to: T0 + 1000, beats: [[T0 + 4, 'N']] }
    await log.append('findings', [json('p1', beats, { kind: 'beats' })])
    await caughtUp()
    expect(await store.ledger()).toMatchObject({ stored: 4, duplicates: 0, quarantined: 1 })
    expect(await heartRates()).toEqual([72])
    expect(await heartRates('')).toEqual([50])
    expect((await store.latest(['p1'])).find(({ code }) => code === 'spo2')).toMatchObject({
      device: 'staff',
      value: 96,
    })
    expect((await store.waveforms({ patient: 'p1', signals: ['ecg.II'], ...RANGE })).signals[0]?.segments).toHaveLength(
      1,
    )
    expect(await store.events({ ...RANGE, patient: 'p1' })).toMatchObject([{ kind: 'event', body: { event: 'fall' } }])
    expect((await store.beats({ patient: 'p1', ...RANGE })).beats).toEqual([[T0 + 4, 'N']])
    expect(recorder?.health()).toMatchObject({ ok: true })
  })

  it('commits to the log what the store has, so that retention can move on', async () => {
    await start()
    const [position] = await log.append('telemetry', [telemetry(vitalsUplink(0))])
    await caughtUp()
    await vi.waitFor(async () => {
      const committed = await log.committed(RECORDER_GROUP, 'telemetry')
      expect(committed).toContainEqual({ ...position, offset: 1 })
    })
  })

  it('goes on from where the store stands, not from where the group committed', async () => {
    await start()
    await log.append('telemetry', [telemetry(vitalsUplink(0))])
    await caughtUp()
    await recorder?.stop()
    await store.close()
    await rm(directory, { recursive: true })
    store = await openStoreInThisThread({ directory })
    await log.append('telemetry', [telemetry(vitalsUplink(1, { heartRate: 80 }))])
    await start()
    await caughtUp()
    expect(await heartRates()).toEqual([72, 80])
    expect(await store.ledger()).toMatchObject({ stored: 2, duplicates: 0 })
  })

  it('refuses to record into a store that is ahead of its log', async () => {
    const partition = log.partitionOf('telemetry', 'p1')
    await store.write({ positions: [{ topic: 'telemetry', partition, offset: 99 }] })
    await log.append('telemetry', [telemetry(vitalsUplink(0))])
    const running = await start()
    await vi.waitFor(() =>
      expect(running.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/ahead of the log/) }),
    )
    expect(await store.ledger()).toMatchObject({ stored: 0 })
  })

  it('counts what came twice once, and quarantines a reused number and tells the device', async () => {
    await log.append('telemetry', [
      telemetry(vitalsUplink(0)),
      telemetry(vitalsUplink(0)),
      telemetry(vitalsUplink(0, { heartRate: 99 })),
    ])
    await start()
    await caughtUp()
    expect(await store.ledger()).toMatchObject({ stored: 1, duplicates: 1, quarantined: 1 })
    expect(await heartRates()).toEqual([72])
    await vi.waitFor(async () => {
      const partition = log.partitionOf('device-commands', 'd1')
      const told = []
      for await (const records of log.read('device-commands', partition, { from: 0 })) told.push(...records)
      expect(told.map(({ key, headers }) => [key, headers['kind']])).toEqual([['d1', 'notice']])
      const notice = decodeJson(told[0]?.value ?? new Uint8Array())
      expect(notice).toMatchObject({ kind: 'quarantined', code: 'PW_SEQ_REUSED', boot: 'b1', seq: 0 })
    })
  })

  it('quarantines a record that cannot be decoded, and stores its neighbours', async () => {
    const bad = { ...telemetry(vitalsUplink(1)), value: Uint8Array.of(255, 0, 1) }
    await log.append('telemetry', [telemetry(vitalsUplink(0)), bad, telemetry(vitalsUplink(2, { heartRate: 75 }))])
    await start()
    await caughtUp()
    expect(await heartRates()).toEqual([72, 75])
    expect(await store.ledger()).toMatchObject({ stored: 2, quarantined: 1 })
    expect((await store.quarantine({})).entries).toMatchObject([{ device: 'd1', boot: 'b1', seq: 1 }])
    expect(await store.gaps('d1')).toEqual([])
  })

  it('keeps trying while the store fails, says so, and loses nothing', async () => {
    let failing = true
    const flaky: VitalsStore = {
      ...store,
      write: async (write) => {
        if (failing) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the disk is full')
        return store.write(write)
      },
    }
    const running = await start({}, flaky)
    await log.append('telemetry', [telemetry(vitalsUplink(0))])
    await vi.waitFor(() =>
      expect(running.health()).toMatchObject({ ok: false, detail: expect.stringMatching(/disk is full/) }),
    )
    await log.append('telemetry', [telemetry(vitalsUplink(1, { heartRate: 73 }))])
    failing = false
    await caughtUp()
    expect(await heartRates()).toEqual([72, 73])
    expect(await store.ledger()).toMatchObject({ stored: 2, duplicates: 0 })
    await vi.waitFor(() => expect(running.health().ok).toBe(true))
  })

  it('does not write what it holds once the partition has another owner, however long the store fails', async () => {
    let failing = true
    let lost = false
    let conflicts = 0
    let written = 0
    const flaky: VitalsStore = {
      ...store,
      write: async (write) => {
        if (failing) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'down')
        written += write.messages?.length ?? 0
        return store.write(write)
      },
    }
    const consume: EventLog['consume'] = async (options) =>
      log.consume({
        ...options,
        handler: async (batch) =>
          options.handler({
            ...batch,
            async commit(offset) {
              if (lost) {
                conflicts++
                throw new PulsewireError('PW_CONFLICT', 'another owner')
              }
              await batch.commit(offset)
            },
          }),
      })
    recorder = await startRecorder(
      { log: { ...log, consume }, store: flaky, logger: createSilentLogger(), metrics: createMetrics('recorder') },
      { windowMs: 5, retryMs: 5, maxRetryMs: 20, provenMs: 0 },
    )
    await log.append('telemetry', [telemetry(vitalsUplink(0))])
    const running = recorder
    await vi.waitFor(() => expect(running.health().ok).toBe(false))
    lost = true
    failing = false
    // The log gives the batch again, since its handler failed.
    await vi.waitFor(() => expect(conflicts).toBeGreaterThan(3))
    expect(written).toBe(0)
  })

  it('stores an alarm whose first write was refused, when the log gives it again', async () => {
    const consume: EventLog['consume'] = async (options) => {
      let refusals = 2
      return log.consume({
        ...options,
        handler: async (batch) =>
          options.handler({
            ...batch,
            async commit(offset) {
              // As in a rebalance that leaves the partition where it was.
              if (refusals-- > 0) throw new PulsewireError('PW_CONFLICT', 'a rebalance')
              await batch.commit(offset)
            },
          }),
      })
    }
    const raised = { patient: 'p1', version: 1, at: T0, event: 'raised', alarm: alarm('first') }
    await log.append('alarms', [
      json('p1', raised, { event: 'raised' }),
      { key: 'p1', headers: { takeover: '1' }, value: null },
    ])
    recorder = await startRecorder(
      { log: { ...log, consume }, store, logger: createSilentLogger(), metrics: createMetrics('recorder') },
      { windowMs: 5, retryMs: 5, maxRetryMs: 20, provenMs: 0 },
    )
    await caughtUp()
    expect((await store.alarms({})).alarms.map(({ message }) => message)).toEqual(['first'])
  })

  it('writes nothing of a batch that was read before this process stood still, until it is known whose it is', async () => {
    let nowMs = performance.now()
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs)
    let conflicts = 0
    let written = 0
    const counting: VitalsStore = { ...store, write: async (write) => (written++, store.write(write)) }
    const consume: EventLog['consume'] = async (options) =>
      log.consume({
        ...options,
        handler: async (batch) => {
          // SIGSTOP between the fetch and the handler; the partition has another owner meanwhile.
          nowMs += 60_000
          await options.handler({
            ...batch,
            async commit() {
              conflicts++
              throw new PulsewireError('PW_CONFLICT', 'another owner')
            },
          })
        },
      })
    try {
      recorder = await startRecorder(
        { log: { ...log, consume }, store: counting, logger: createSilentLogger(), metrics: createMetrics('recorder') },
        { windowMs: 5, retryMs: 5, maxRetryMs: 20 },
      )
      await log.append('telemetry', [telemetry(vitalsUplink(0))])
      await vi.waitFor(() => expect(conflicts + written).toBeGreaterThan(1))
    } finally {
      clock.mockRestore()
    }
    expect(written).toBe(0)
  })

  it('stops while the store fails, and records the rest the next time', async () => {
    const broken: VitalsStore = {
      ...store,
      write: async () => Promise.reject(new PulsewireError('PW_STORE_UNAVAILABLE')),
    }
    const first = await start({}, broken)
    await log.append('telemetry', [telemetry(vitalsUplink(0))])
    await vi.waitFor(() => expect(first.health().ok).toBe(false))
    await first.stop()
    await start()
    await caughtUp()
    expect(await heartRates()).toEqual([72])
  })

  it('takes a backlog of many devices in larger writes, each message once', async () => {
    const records = Array.from({ length: 6000 }, (_, index) => {
      const device = `d${index % 40}`
      const seq = Math.floor(index / 40)
      return telemetry(vitalsUplink(seq, { heartRate: seq }), { device, patient: `p${index % 40}` })
    })
    await log.append('telemetry', records)
    let writes = 0
    const counting: VitalsStore = { ...store, write: async (write) => (writes++, store.write(write)) }
    await start({}, counting)
    await caughtUp()
    expect(await store.ledger()).toMatchObject({ stored: 6000, duplicates: 0, quarantined: 0 })
    expect(writes).toBeLessThan(60)
    expect(await heartRates('p7')).toEqual(Array.from({ length: 150 }, (_, seq) => seq))
  })

  it('ignores an alarm event that does not follow the one before it, also after a restart', async () => {
    const event = (version: number, message: string) =>
      json('p1', { patient: 'p1', version, at: T0, event: 'raised', alarm: alarm(message) }, { event: 'raised' })
    await start()
    await log.append('alarms', [event(1, 'first'), event(2, 'second')])
    await caughtUp()
    await recorder?.stop()
    await start()
    await log.append('alarms', [event(2, 'of a writer that had lost the patient')])
    await caughtUp()
    expect((await store.alarms({})).alarms.map(({ message }) => message)).toEqual(['second'])
    await log.append('alarms', [event(3, 'third')])
    await caughtUp()
    expect((await store.alarms({})).alarms.map(({ message }) => message)).toEqual(['third'])
  })

  it('runs the upkeep of the store now and then', async () => {
    const maintain = vi.fn<VitalsStore['maintain']>().mockResolvedValue()
    await start({ maintainEveryMs: 5 }, { ...store, maintain })
    await vi.waitFor(() => expect(maintain.mock.calls.length).toBeGreaterThan(1))
  })
})
