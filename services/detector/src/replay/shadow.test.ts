import { encodeTelemetryHeaders, ruleSet } from '@pulsewire/contracts'
import { encodeJson, encodeUplink } from '@pulsewire/codec'
import { PATIENT, START, messagesOf, type NodeScript } from '@pulsewire/detection/test-support'
import { createMemoryEventLog, type EventLog } from '@pulsewire/event-log'
import { expect, test } from 'vitest'
import { runShadow } from './shadow.ts'

const CONTEXT = { devices: [{ id: 'd1', since: START }] }
/** An arrest of 9 s; breathing 34 for 20 s. */
const SCRIPT: NodeScript = {
  seconds: 90,
  arrest: (second) => second >= 20 && second < 29,
  vitals: (second) => ({ heartRate: 72, spo2: 97, respirationRate: second >= 50 && second < 70 ? 34 : 14 }),
}

async function logged(): Promise<EventLog> {
  const log = createMemoryEventLog({ partitions: 2 })
  const records = messagesOf(SCRIPT).map(({ headers, uplink }) => ({
    key: PATIENT,
    headers: encodeTelemetryHeaders({ ...headers, patient: PATIENT }),
    value: encodeUplink(uplink, 'cbor'),
  }))
  const observation = { type: 'observation', id: 'o', patient: PATIENT, by: 'nurse', at: START, observedAt: START, vitals: { consciousness: 'A' } } // prettier-ignore
  await log.append('staff-commands', [
    { key: PATIENT, headers: { type: 'observation' }, value: encodeJson(observation) },
  ])
  await log.append('telemetry', records)
  await log.append('telemetry', [
    { ...records[0], key: PATIENT, headers: records[0]?.headers ?? {}, value: Uint8Array.of(0x7b) },
  ])
  return log
}

test('a patient’s log by two rule sets: what rings under one of them alone; the log is as it was', async () => {
  const log = await logged()
  const before = JSON.stringify(await log.ends('findings'))
  const rules = ruleSet.parse({ name: 'candidate', alarms: { asystole: { priority: 'none' } }, limits: { heartRate: { high: 70 } } }) // prettier-ignore
  const run = await runShadow(log, PATIENT, { context: CONTEXT, rules })
  expect(run).toMatchObject({ records: 181, unreadable: 1 })
  expect(run.comparison.onlyPresent.map(({ type }) => type)).toEqual(['asystole'])
  expect(run.comparison.onlyCandidate.map(({ type, code }) => [type, code])).toEqual([['limit', 'heartRate']])
  expect(run.comparison.both.map(({ present }) => present.code ?? present.type)).toContain('respirationRate')
  expect(JSON.stringify(await log.ends('findings'))).toBe(before)
  await log.close()
})

test('of whom the log has nothing, nothing is said', async () => {
  const log = await logged()
  const rules = ruleSet.parse({ name: 'x', alarms: { pause: { priority: 'low' } } })
  const shadow = runShadow(log, 'nobody', { context: CONTEXT, rules })
  await expect(shadow).rejects.toMatchObject({ code: 'PW_NOT_FOUND' })
  await log.close()
})
