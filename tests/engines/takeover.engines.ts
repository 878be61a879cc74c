import { setTimeout as sleep } from 'node:timers/promises'
import { TAKEOVER_HEADER, encodeTelemetryHeaders, heartbeatRecord, type Finding } from '@pulsewire/contracts'
import { decodeJson, encodeUplink } from '@pulsewire/codec'
import type { EventLog, LogRecord } from '@pulsewire/event-log'
import { SCENARIOS, simulateBlocks, withOnset, type Scenario } from '@pulsewire/wearable'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { alarmsOf, eventually, findingsOf, lagOf, openSharedLog, recordsOf } from '../support/log-reading.ts'
import { startService, type ServiceName, type TestService } from '../support/services.ts'
import { sharedEngines } from '../support/system.ts'

const SECONDS = 120
const STEP_S = 4
const STEP_MS = 500
const PATIENTS: Readonly<Record<string, Scenario>> = {
  'attack-1': withOnset(SCENARIOS['inferior-infarction'], 40),
  'attack-2': withOnset(SCENARIOS['anterior-infarction'], 45),
  'rhythm-1': withOnset(SCENARIOS['vt-vf'], 60),
  'healthy-1': SCENARIOS.healthy,
}

interface Scene {
  readonly env: Readonly<Record<string, string>>
  readonly log: EventLog
  readonly start: (name: ServiceName) => Promise<TestService>
}

const scenes: { log: EventLog; services: TestService[] }[] = []
async function closeScenes(): Promise<void> {
  for (const { log, services } of scenes.splice(0)) {
    await Promise.all(services.map((service) => service.kill()))
    await log.close()
  }
}
afterEach(closeScenes)

const steps = stepsOf(Date.now() - (SECONDS + 60) * 1000)
/** What one detector and one alarm manager make of it that nobody disturbs. */
let calm: { found: string[]; rang: string[] }
beforeAll(async () => {
  const { log, start } = await openScene()
  await Promise.all([start('detector'), start('alarm-manager')])
  await log.append('telemetry', steps.flat())
  await handled(log)
  calm = { found: await foundIn(log), rang: await rangIn(log) }
  await closeScenes()
})

async function openScene(): Promise<Scene> {
  const { env } = sharedEngines()
  const log = await openSharedLog(env)
  const services: TestService[] = []
  scenes.push({ log, services })
  return {
    env,
    log,
    start: async (name) => {
      const service = await startService(name, { env })
      services.push(service)
      return service
    },
  }
}

/** What each patient's node sends, by steps of some seconds: received when it is complete. */
function stepsOf(fromMs: number): LogRecord[][] {
  const steps: LogRecord[][] = Array.from({ length: SECONDS / STEP_S }, () => [])
  for (const [index, [patient, scenario]] of Object.entries(PATIENTS).entries()) {
    for (const uplink of simulateBlocks({ scenario, seed: index + 1, fromMs, seconds: SECONDS, cuffEveryS: 30 })) {
      const { at = fromMs, boot = '', seq = 0 } = uplink.message
      const headers = encodeTelemetryHeaders({
        kind: uplink.kind,
        device: `node-of-${patient}`,
        patient,
        boot,
        seq,
        at,
        time: at,
        clockOffsetMs: 0,
        receivedAt: at + 1_050,
        encoding: 'cbor',
      })
      const step = Math.min(steps.length - 1, Math.floor((at - fromMs) / 1000 / STEP_S))
      steps[step]?.push({ key: patient, headers, value: encodeUplink(uplink, 'cbor') })
    }
  }
  return steps
}

async function feed(log: EventLog, steps: readonly LogRecord[][], disturb: (step: number) => void): Promise<void> {
  for (const [index, step] of steps.entries()) {
    disturb(index)
    await log.append('telemetry', step)
    await sleep(STEP_MS)
  }
}

async function handled(log: EventLog): Promise<void> {
  for (const [group, topic] of [
    ['detector', 'telemetry'],
    ['alarm-manager', 'findings'],
  ] as const) {
    const done = async (): Promise<boolean> => (await lagOf(log, group, topic)) === 0
    await eventually(done, async () => `${group} is ${await lagOf(log, group, topic)} records behind`)
  }
}

/** What was found in the end, in words that can be compared: the last of each finding. */
async function foundIn(log: EventLog): Promise<string[]> {
  const lines: string[] = []
  for (const patient of Object.keys(PATIENTS)) {
    const last = new Map<string, Finding>()
    for (const found of await findingsOf(log, patient)) last.set(found.id, found)
    for (const { id, type, status, onset, end, priority } of last.values()) {
      lines.push(`${id} ${type} ${status} ${onset}–${end ?? ''} ${priority ?? ''}`)
    }
  }
  return lines.sort()
}

/** The alarms that were raised, each with how often. */
async function rangIn(log: EventLog): Promise<string[]> {
  const lines: string[] = []
  for (const patient of Object.keys(PATIENTS)) {
    const { alarms, steps } = await alarmsOf(log, patient)
    for (const { id, type, priority, onset } of alarms.values()) {
      const raised = steps.get(id)?.filter((step) => step === 'raised').length ?? 0
      lines.push(`${id} ${type} ${priority} ${onset} raised ${raised}`)
    }
  }
  return lines.sort()
}

/** Two detectors say that they watch partitions, and an alarm manager has taken some over, since then. */
async function haveTheirShare(log: EventLog, since: number): Promise<boolean> {
  const workers = new Set<string>()
  for await (const { headers, value, timestamp } of recordsOf(log, 'findings')) {
    if (headers['kind'] !== 'heartbeat' || timestamp < since || value === null) continue
    const { worker, partitions } = heartbeatRecord.parse(decodeJson(value))
    if (partitions.length > 0) workers.add(worker)
  }
  for await (const { headers, timestamp } of recordsOf(log, 'alarms')) {
    if (headers[TAKEOVER_HEADER] !== undefined && timestamp >= since) return workers.size === 2
  }
  return false
}

describe('detectors and alarm managers that come and go in the middle of a heart attack', () => {
  it('find and ring what undisturbed ones do, each once', { timeout: 240_000 }, async () => {
    const scene = await openScene()
    const detectors = [await scene.start('detector')]
    const managers = [await scene.start('alarm-manager')]
    const pending: Promise<unknown>[] = []
    const add = async (list: TestService[], name: ServiceName): Promise<void> => {
      list.push(await scene.start(name))
    }
    await feed(scene.log, steps, (step) => {
      if (step === 3) pending.push(add(detectors, 'detector'), add(managers, 'alarm-manager'))
      // The first ones have what there is to know: it must not go with them.
      if (step === 9) pending.push(detectors[0]?.kill() ?? Promise.resolve(), managers[0]?.kill() ?? Promise.resolve())
      if (step === 12) pending.push(add(detectors, 'detector'), add(managers, 'alarm-manager'))
      if (step === 20) pending.push(detectors[1]?.stop() ?? Promise.resolve())
      if (step === 22) pending.push(managers[1]?.restart() ?? Promise.resolve())
    })
    await Promise.all(pending)
    await handled(scene.log)

    expect(calm.rang.filter((line) => line.includes('myocardial-infarction high'))).toHaveLength(2)
    expect(calm.rang.filter((line) => line.includes('ventricular-fibrillation high')).length).toBeGreaterThan(0)
    expect(calm.rang.every((line) => line.endsWith('raised 1'))).toBe(true)
    expect(await foundIn(scene.log)).toEqual(calm.found)
    expect(await rangIn(scene.log)).toEqual(calm.rang)
    expect(detectors.concat(managers).map(({ label, crashes }) => `${label} ${crashes}`)).not.toContainEqual(
      expect.stringMatching(/ [1-9]/),
    )
  })

  it('one that hangs for longer than its group waits, and goes on, adds nothing', { timeout: 240_000 }, async () => {
    const scene = await openScene()
    const hanging = [await scene.start('detector'), await scene.start('alarm-manager')]
    await Promise.all([scene.start('detector'), scene.start('alarm-manager')])
    await feed(scene.log, steps.slice(0, 14), () => undefined)
    for (const service of hanging) service.pause()
    await feed(scene.log, steps.slice(14), () => undefined)
    // The others have taken everything over.
    await handled(scene.log)
    const resumedAt = Date.now()
    for (const service of hanging) service.resume()
    await eventually(
      () => haveTheirShare(scene.log, resumedAt),
      () => 'those that hung have not come back',
    )
    await handled(scene.log)
    expect(await foundIn(scene.log)).toEqual(calm.found)
    expect(await rangIn(scene.log)).toEqual(calm.rang)
    expect(hanging.map(({ crashes }) => crashes)).toEqual([0, 0])
  })
})
