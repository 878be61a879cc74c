import { describe, expect, it } from 'vitest'
import { type ObservedSeries, columnTimes, inputsAt, lackingText, news2Columns } from './observations.ts'

const MINUTE = 60_000
const T0 = Date.parse('2026-03-01T12:00:00Z')

const SERIES: ObservedSeries = {
  respirationRate: [[T0 - MINUTE, 16]],
  spo2: [[T0 - MINUTE, 95]],
  supplementalOxygen: [[T0 - 60 * MINUTE, 0]],
  systolic: [[T0 - 30 * MINUTE, 118]],
  heartRate: [[T0 - MINUTE, 88]],
  consciousness: [[T0 - 60 * MINUTE, 'A']],
  temperature: [[T0 - 90 * MINUTE, 37.2]],
}

describe('the columns of the NEWS2 chart', () => {
  it('a column scores what was known at its time, by the package', () => {
    const [column] = news2Columns(SERIES, [{ timeMs: T0 }], 1)
    expect(column?.score).toMatchObject({ complete: true, score: 1, points: { spo2: 1, pulse: 0 } })
  })

  it('nothing of later is known, and what is too old makes the score partial, and is said', () => {
    expect(inputsAt(SERIES, T0 - 2 * 60 * MINUTE)).toEqual({})
    const [later] = news2Columns(SERIES, [{ timeMs: T0 + 30 * MINUTE }], 1)
    expect(later?.score.complete).toBe(false)
    expect(later && lackingText(later.score, (ms) => `${ms / MINUTE} min`)).toBe(
      'too old: respirations (31 min), SpO2 (31 min), pulse (31 min)',
    )
    const [none] = news2Columns({}, [{ timeMs: T0 }], 1)
    expect(none && lackingText(none.score, String)).toBe(
      'not known: air or oxygen, respirations, SpO2, blood pressure, pulse, consciousness, temperature',
    )
  })

  it('what was observed since the column before is told apart from what is carried on', () => {
    const [, second] = news2Columns(SERIES, [{ timeMs: T0 - 20 * MINUTE }, { timeMs: T0 }], 1)
    expect([...(second?.fresh ?? [])].sort()).toEqual(['pulse', 'respirationRate', 'spo2'])
  })

  it('the rate of the ECG counts where no device reports one now, as for the detector', () => {
    const series = { ...SERIES, 'heartRate.ecg': [[T0 - MINUTE, 130] as const] }
    expect(inputsAt(series, T0).pulse?.value).toBe(88)
    expect(inputsAt({ ...series, heartRate: [[T0 - 5 * MINUTE, 88]] }, T0).pulse?.value).toBe(130)
  })

  it('SpO2 on scale 2 follows the choice of the clinician', () => {
    const [column] = news2Columns({ ...SERIES, spo2: [[T0 - MINUTE, 90]] }, [{ timeMs: T0 }], 2)
    expect(column?.score.points.spo2).toBe(0)
  })

  it('columns come at whole steps, at the end, and after each entry by hand', () => {
    const times = columnTimes(T0, T0 + 65 * MINUTE, 30 * MINUTE, [{ timeMs: T0 + 10 * MINUTE + 5, by: 'ann' }])
    expect(times.map(({ timeMs, by }) => [(timeMs - T0) / MINUTE, by])).toEqual([
      [0, undefined],
      [11, 'ann'],
      [30, undefined],
      [60, undefined],
      [65, undefined],
    ])
  })
})
