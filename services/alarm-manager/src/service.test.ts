import { evolve, noAlarms, type PatientAlarms } from '@pulsewire/alarms'
import {
  PulsewireError,
  alarmEvent,
  createAlarmFence,
  type AlarmEvent,
  type Finding,
  type StaffCommand,
} from '@pulsewire/contracts'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { openRegistryView } from '@pulsewire/registry'
import { createMetrics, createSilentLogger, type Running } from '@pulsewire/runtime'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startAlarmManager } from './index.ts'

const T0 = 1_790_000_000_000
let log: EventLog
let running: Running[]
let clock: number

beforeEach(() => {
  log = createMemoryEventLog({ partitions: 2 })
  running = []
  clock = T0
})
afterEach(async () => {
  await Promise.all(running.map((service) => service.stop()))
  await log.close()
})

async function start(): Promise<Running> {
  const deps = { log, logger: createSilentLogger(), metrics: createMetrics('alarm-manager'), now: () => clock }
  const service = await startAlarmManager(deps, { tickMs: 10 })
  running.push(service)
  return service
}
async function kill(service: Running): Promise<void> {
  running = running.filter((each) => each !== service)
  await service.stop()
}
async function find(patient: string, change: Partial<Finding> = {}): Promise<void> {
  const finding: Finding = {
    id: `${patient}.asystole.${T0}`,
    type: 'asystole',
    patient,
    status: 'open',
    onset: T0,
    seenUntil: T0 + 5_000,
    late: false,
    confidence: 1,
    quality: 1,
    priority: 'high',
    message: 'No heartbeat',
    evidence: {},
    rule: { name: 'asystole', version: '1' },
    ...change,
  }
  const value = Buffer.from(JSON.stringify(finding))
  await log.append('findings', [{ key: patient, headers: { kind: 'finding' }, value }])
}
async function ask(command: StaffCommand): Promise<void> {
  const value = Buffer.from(JSON.stringify(command))
  await log.append('staff-commands', [{ key: command.patient, headers: { type: command.type }, value }])
}
/** Two patients whose states are loaded together. */
function patientsOfOnePartition(): [string, string] {
  const other = ['a', 'b', 'c', 'd', 'e', 'f'].find(
    (id) => log.partitionOf('alarms', id) === log.partitionOf('alarms', 'p1'),
  )
  if (other === undefined) throw new Error('no other patient in that partition')
  return ['p1', other]
}
const heartbeat = async (worker: string, partitions: number[]): Promise<void> => {
  const value = Buffer.from(JSON.stringify({ worker, at: clock, partitions }))
  await log.append('findings', [{ key: 'system', headers: { kind: 'heartbeat' }, value }])
}
/** The events of a patient that count, as every reader sees them; and how many were ignored. */
async function readEvents(patient: string): Promise<{ events: AlarmEvent[]; ignored: number; epoch: string }> {
  const found: AlarmEvent[] = []
  let ignored = 0
  let epoch = ''
  let state: PatientAlarms = noAlarms(patient)
  const fence = createAlarmFence()
  const partition = log.partitionOf('alarms', patient)
  for await (const records of log.read('alarms', partition, { from: 0 })) {
    for (const record of records) {
      const counts = fence.admits(record)
      if (record.headers['takeover'] !== undefined) epoch = String(record.offset)
      if (record.key !== patient) continue
      const event = alarmEvent.parse(JSON.parse(Buffer.from(record.value ?? []).toString()))
      const after = counts ? evolve(state, event) : state
      if (after === state) ignored += 1
      else found.push(event)
      state = after
    }
  }
  return { events: found, ignored, epoch }
}
const events = async (patient: string): Promise<AlarmEvent[]> => (await readEvents(patient)).events
const names = async (patient: string): Promise<string[]> => (await events(patient)).map(({ event }) => event)

describe('alarm manager', () => {
  it('turns a finding into an alarm, and staff into its acknowledgement', async () => {
    await start()
    await find('p1')
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised']))
    await ask({ type: 'acknowledge', id: 'c1', patient: 'p1', by: 'nurse', at: clock, alarm: `p1.asystole.${T0}` })
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised', 'acknowledged']))
    expect((await events('p1')).map(({ version }) => version)).toEqual([1, 2])
    expect((await events('p1'))[1]).toMatchObject({
      by: 'nurse',
      alarm: { state: 'acknowledged', acknowledgedBy: 'nurse' },
    })
  })

  it('carries on after a restart: nothing is raised twice, what was open is known', async () => {
    const first = await start()
    await find('p1')
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised']))
    await kill(first)
    await find('p1') // said again
    await find('p1', { status: 'ended', end: T0 + 9_000, seenUntil: T0 + 9_000 })
    await start()
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised', 'condition-ended']))
    expect((await events('p1'))[1]?.alarm?.state).toBe('latched')
  })

  it('escalates when time passes without anybody', async () => {
    await start()
    await find('p1')
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised']))
    clock += 61_000
    await heartbeat('d1', [0, 1])
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised', 'escalated']))
  })

  it('calls whom the registry names for the patient, also after that was changed', async () => {
    const registry = await openRegistryView(log)
    const patient = { kind: 'patient', id: 'p1', name: 'A' } as const
    const chained = { ...patient, escalation: ['amal', 'night-team'], escalateAfterS: { high: 20, medium: 60 } }
    await registry.change(chained, { expectedVersion: 0, by: 'test' })
    await start()
    const addressed = async () => (await events('p1')).map(({ alarm }) => alarm?.addressedTo)
    await vi.waitFor(async () => {
      await find('p1', { seenUntil: 5_001 + clock++ })
      expect((await addressed()).at(-1)).toBe('amal')
    })
    clock += 21_000
    await heartbeat('d1', [0, 1])
    await vi.waitFor(async () => expect((await addressed()).at(-1)).toBe('night-team'))
    await registry.close()
  })

  it('steps over a record that it cannot read', async () => {
    await start()
    await log.append('findings', [{ key: 'p1', headers: { kind: 'finding' }, value: Buffer.from('{"id":') }])
    await find('p1')
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised']))
  })

  it('raises a system alarm when no detector watches a partition, and ends it when one does', async () => {
    await start()
    clock = Date.now()
    await heartbeat('d1', [0])
    await heartbeat('d2', [1])
    await vi.waitFor(async () => expect(await log.committed('alarm-manager', 'findings')).not.toEqual([]))
    clock = Date.now() + 20_000
    await vi.waitFor(async () => expect(await names('system')).toEqual(['raised']))
    expect((await events('system'))[0]?.alarm).toMatchObject({ type: 'system', kind: 'technical', priority: 'high' })
    clock = Date.now()
    await heartbeat('d3', [0, 1])
    await vi.waitFor(async () => expect(await names('system')).toEqual(['raised', 'ended']))
  })

  it('notices that no detector watches also where something else of the system stood at its start', async () => {
    const proof = {
      id: `system.system.proof-log.${T0}`,
      type: 'system',
      rule: { name: 'proof', version: '1' },
    } as const
    const first = await start()
    await find('system', proof)
    await vi.waitFor(async () => expect(await names('system')).toEqual(['raised']))
    await kill(first)
    await start()
    clock = Date.now()
    // Heard by the new one: it has its partitions.
    await heartbeat('d1', [0])
    await vi.waitFor(async () => {
      const [position] = await log.committed('alarm-manager', 'findings')
      expect(position?.offset).toBeGreaterThan(1)
    })
    const ofDetectors = async (): Promise<string[]> =>
      (await events('system')).flatMap(({ event, alarm }) => (alarm?.rule.name === 'detector-heartbeat' ? [event] : []))
    clock += 30_000
    await vi.waitFor(async () => expect(await ofDetectors()).toEqual(['raised']))
    clock = Date.now()
    await heartbeat('d1', [0, 1])
    await vi.waitFor(async () => expect(await ofDetectors()).toEqual(['raised', 'ended']))
  })

  it('notices a detector that stops also after the clock was set back', async () => {
    clock = Date.now()
    await start()
    await heartbeat('d1', [0, 1])
    clock -= 3_600_000
    await vi.waitFor(async () => expect(await log.committed('alarm-manager', 'findings')).not.toEqual([]))
    await new Promise((resolve) => setTimeout(resolve, 50)) // ticks at the new time
    expect(await names('system')).toEqual([])
    clock += 11_000
    await vi.waitFor(async () => expect(await names('system')).toEqual(['raised']))
  })

  it('raises an alarm once where the log fails at any of its appends, and goes on with the next version', async () => {
    for (const topic of ['alarms', 'alarm-state'] as const) {
      for (const lands of [false, true]) {
        const patient = `${topic}-${lands}`
        let failures = 2
        const faulty: EventLog = {
          ...log,
          append: async (to, records) => {
            const fails = to === topic && records.some(({ key }) => key === patient) && failures-- > 0
            if (fails && !lands) throw new Error('no space')
            const positions = await log.append(to, records)
            if (fails) throw new Error('the answer is lost')
            return positions
          },
        }
        const deps = { log: faulty, logger: createSilentLogger(), metrics: createMetrics('alarm-manager') }
        const service = await startAlarmManager({ ...deps, now: () => clock }, { tickMs: 10, group: patient })
        running.push(service)
        await find(patient)
        await vi.waitFor(async () => expect(await names(patient)).toContain('raised'), { timeout: 5_000 })
        await find(patient, { status: 'ended', end: T0 + 9_000, seenUntil: T0 + 9_000 })
        await vi.waitFor(async () => expect(await names(patient)).toEqual(['raised', 'condition-ended']), {
          timeout: 5_000,
        })
        expect((await events(patient)).map(({ version }) => version)).toEqual([1, 2])
        await kill(service)
      }
    }
  })

  it('knows the events that no snapshot has, also once other patients have newer snapshots', async () => {
    const [one, other] = patientsOfOnePartition()
    const first = await start()
    await find(one)
    await vi.waitFor(async () => expect(await names(one)).toEqual(['raised']))
    await kill(first)
    // As a kill between the events and their snapshot leaves it.
    const [raised] = await events(one)
    if (raised?.alarm === undefined) throw new Error('nothing was raised')
    const acknowledged = {
      ...raised,
      version: 2,
      event: 'acknowledged',
      alarm: { ...raised.alarm, state: 'acknowledged' },
    }
    const value = Buffer.from(JSON.stringify(acknowledged))
    const { epoch } = await readEvents(one)
    await log.append('alarms', [{ key: one, headers: { event: 'acknowledged', epoch }, value }])
    const second = await start()
    await find(other)
    await vi.waitFor(async () => expect(await names(other)).toEqual(['raised']))
    await kill(second)
    await start()
    await find(one, { status: 'ended', end: T0 + 9_000, seenUntil: T0 + 9_000 })
    await vi.waitFor(async () => expect(await names(one)).toEqual(['raised', 'acknowledged', 'ended']))
    expect((await events(one)).map(({ version }) => version)).toEqual([1, 2, 3])
  })

  it('shares the partitions between two managers and takes over those of one that stopped', async () => {
    const first = await start()
    await start()
    const patients = ['p1', 'p2', 'p3', 'p4']
    for (const patient of patients) await find(patient)
    for (const patient of patients) await vi.waitFor(async () => expect(await names(patient)).toEqual(['raised']))
    await kill(first)
    for (const patient of patients) await find(patient, { status: 'ended', end: T0 + 9_000, seenUntil: T0 + 9_000 })
    for (const patient of patients) {
      await vi.waitFor(async () => expect(await names(patient)).toEqual(['raised', 'condition-ended']))
    }
  })

  describe('a manager that is paused in the middle, loses its partitions and wakes up', () => {
    /** A log whose append of `patient` to `topic` waits until it is let go. */
    function pausable(topic: 'alarms' | 'alarm-state', patient: string) {
      let letGo: () => void = () => undefined
      let reached: () => void = () => undefined
      const waiting = new Promise<void>((resolve) => (letGo = resolve))
      const paused = new Promise<void>((resolve) => (reached = resolve))
      const held: EventLog = {
        ...log,
        append: async (to, records) => {
          if (to === topic && records.some(({ key }) => key === patient)) {
            reached()
            await waiting
          }
          return log.append(to, records)
        },
      }
      return { held, paused, wake: () => letGo() }
    }

    for (const topic of ['alarms', 'alarm-state'] as const) {
      it(`undoes nothing (paused before it wrote to ${topic})`, async () => {
        const [one, other] = patientsOfOnePartition()
        const { held, paused, wake } = pausable(topic, one)
        const deps = { logger: createSilentLogger(), now: () => clock }
        // Groups of their own: both believe that all partitions are theirs, as around a pause.
        const asleep = await startAlarmManager(
          { ...deps, log: held, metrics: createMetrics('alarm-manager') },
          { tickMs: 10, group: 'asleep' },
        )
        running.push(asleep)
        await find(one)
        await paused
        const successor = await startAlarmManager(
          { ...deps, log, metrics: createMetrics('alarm-manager') },
          { tickMs: 10, group: 'successor' },
        )
        running.push(successor)
        await vi.waitFor(async () => expect(await names(one)).toEqual(['raised']))
        await ask({
          type: 'acknowledge',
          id: 'c1',
          patient: one,
          by: 'nurse',
          at: clock,
          alarm: `${one}.asystole.${T0}`,
        })
        await vi.waitFor(async () => expect(await names(one)).toEqual(['raised', 'acknowledged']))
        await find(other)
        await vi.waitFor(async () => expect(await names(other)).toEqual(['raised']))
        await kill(successor)
        // It writes what it had in hand, and is then gone for good.
        wake()
        await kill(asleep)

        await start()
        expect((await events(one)).at(-1)).toMatchObject({ event: 'acknowledged', alarm: { state: 'acknowledged' } })
        await find(one, { status: 'ended', end: T0 + 9_000, seenUntil: T0 + 9_000 })
        await vi.waitFor(async () => expect(await names(one)).toEqual(['raised', 'acknowledged', 'ended']))
      })
    }
  })

  it('writes nothing once its commits are refused, and does not shut its successor out', async () => {
    let lost = false
    let refused = 0
    const expelled: EventLog = {
      ...log,
      consume: async (options) => {
        const consumer = await log.consume(options)
        return {
          get assigned() {
            return consumer.assigned
          },
          stop: () => consumer.stop(),
          commit: async (position) => {
            if (!lost) return consumer.commit(position)
            refused += 1
            throw new PulsewireError('PW_CONFLICT', 'another owner')
          },
        }
      },
    }
    const deps = { logger: createSilentLogger(), metrics: createMetrics('alarm-manager'), now: () => clock }
    running.push(await startAlarmManager({ ...deps, log: expelled }, { tickMs: 10 }))
    await find('p1')
    await vi.waitFor(async () => expect(await names('p1')).toEqual(['raised']))
    lost = true
    const before = await log.ends('alarms')
    clock += 61_000 // it would escalate
    await vi.waitFor(() => expect(refused).toBeGreaterThan(3))
    expect(await log.ends('alarms')).toEqual(before)
  })
})
