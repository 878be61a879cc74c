import { bundledRecord } from '@pulsewire/replay'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signIn } from '../support/api.ts'
import { startStation, temporaryDirectory, type TestStation } from '../support/station.ts'
import { sendRecordThroughSystem, type RecordReport } from '../verify/record-through-system.ts'

const directory = temporaryDirectory()
let station: TestStation
let report: RecordReport

beforeAll(async () => {
  station = await startStation({ dataDirectory: directory.path })
  report = await sendRecordThroughSystem(station, await signIn(station), bundledRecord('101'), 'record-101')
}, 180_000)
afterAll(async () => {
  await station?.stop()
  directory.remove()
})

describe('record 101, sent through MQTT as a wearable', () => {
  it('comes back from the API sample for sample', () => {
    expect(report.samplesSent).toBe(310 * 360 * 2)
    expect(report.samplesEqual).toBe(report.samplesSent)
  })

  it('has its beats found: sensitivity and positive predictivity of at least 99 % within 150 ms', () => {
    expect(report.referenceBeats).toBeGreaterThan(300)
    expect(report.score.sensitivity).toBeGreaterThanOrEqual(0.99)
    expect(report.score.positivePredictivity).toBeGreaterThanOrEqual(0.99)
  })
})
