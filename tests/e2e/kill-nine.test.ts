import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../support/station.ts'
import { killAtRandom, type KillReport } from '../verify/kill-nine.ts'

const directory = temporaryDirectory()
let report: KillReport

beforeAll(async () => {
  report = await killAtRandom({
    dataDirectory: directory.path,
    kills: 3,
    devices: 10,
    rate: 500,
    livesMs: [200, 2_000],
  })
}, 180_000)
afterAll(() => directory.remove())

describe('kill -9 of the station in the middle of a stream', () => {
  it('loses no message that was acknowledged', () => {
    expect(report.acked).toBeGreaterThan(500)
    expect(report.lost).toBe(0)
    expect(report.inGaps).toBe(0)
  })

  it('leaves a ledger that adds up', () => {
    expect(report.ledgerDifference).toBe(0)
    expect(report.ledger['quarantined']).toBe(0)
    expect(report.ledger['stored']).toBeGreaterThanOrEqual(report.acked)
  })
})
