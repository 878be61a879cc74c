import { expect, test } from 'vitest'
import { exampleAlarm } from '../testing/harness.ts'
import { createBedMeter } from './burden-by-bed.ts'

const range = { from: 1_000, to: 2_000 }
const beds = (alarms: Record<string, number>, days = 1) => {
  const meter = createBedMeter(range)
  for (const [patient, count] of Object.entries(alarms)) {
    for (let index = 0; index < count; index++) meter.take(exampleAlarm(patient, 1_100 + index, { rings: 2 }))
  }
  meter.take(exampleAlarm('a', 10))
  return meter.report(new Map(Object.keys(alarms).map((patient) => [patient, days])))
}

test('the bed with far more alarms than the others stands out, and comes first', () => {
  const found = beds({ a: 3, b: 4, c: 2, d: 5, e: 40 })
  expect(found[0]).toEqual({ patient: 'e', bedDays: 1, alarms: 40, rings: 80, alarmsPerBedDay: 40, outlier: true })
  expect(found.filter(({ outlier }) => outlier)).toHaveLength(1)
})

test('nothing stands out of three beds, of a handful of alarms, or where nobody was monitored', () => {
  expect(beds({ a: 3, b: 4, e: 40 }).some(({ outlier }) => outlier)).toBe(false)
  expect(beds({ a: 0, b: 0, c: 0, d: 0, e: 5 }).some(({ outlier }) => outlier)).toBe(false)
  expect(beds({ a: 3, b: 4, c: 2, d: 5, e: 40 }, 0).every(({ alarmsPerBedDay }) => alarmsPerBedDay === 0)).toBe(true)
})
