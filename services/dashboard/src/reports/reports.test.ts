import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvOf } from './csv.ts'
import { bedTime, lasting, number, percent, shadeOf, shareWords } from './format.ts'
import { dayOf, rangeOfQuery, readQuery, unitsOf, writeQuery } from './query.ts'
import { NO_SBAR, readSbar, sbarText } from './sbar.ts'

describe('the address of a report', () => {
  it('comes back as it was written', () => {
    for (const query of [
      { days: 30, unit: 'Ward 3' },
      { days: 7, from: '2026-05-01', to: '2026-05-03' },
      { days: 1 },
    ]) {
      expect(readQuery(`#/reports/burden?${writeQuery(query)}`, 7)).toEqual(query)
    }
  })

  it('leaves out what is none', () => {
    expect(readQuery('#/reports/burden', 7)).toEqual({ days: 7 })
    expect(readQuery('#/reports/burden?days=x&from=2026-05-03&to=2026-05-01', 7)).toEqual({ days: 7 })
    expect(readQuery('#/reports/burden?days=4000', 30)).toEqual({ days: 30 })
  })

  it('means whole days of the screen’s clock, the last included', () => {
    const { from, to } = rangeOfQuery({ days: 7, from: '2026-05-01', to: '2026-05-03' }, 0)
    expect([dayOf(from), dayOf(to - 1), dayOf(to)]).toEqual(['2026-05-01', '2026-05-03', '2026-05-04'])
    expect(rangeOfQuery({ days: 2 }, 200_000_000)).toEqual({ from: 200_000_000 - 172_800_000, to: 200_000_000 })
  })

  it('finds the units that places name', () =>
    expect(unitsOf(['Ward 3, bed 10', 'Ward 3, bed 2', 'ICU 7', 'Bed 4', undefined, 'Emergency'])).toEqual([
      'Emergency',
      'ICU',
      'Ward 3',
    ]))
})

describe('figures in words', () => {
  it('shares: all is all, and no more', () => {
    expect([undefined, 0, 0.0004, 0.004, 0.5, 0.9996, 1].map(percent)).toEqual([
      '–',
      '0 %',
      '< 0.1 %',
      '0.4 %',
      '50 %',
      '99.9 %',
      '100 %',
    ])
    expect(shareWords({ of: 40, share: 0.62, low: 0.46, high: 0.76 })).toBe('62 % of 40 judged (46 % to 76 %)')
    expect(shareWords({ of: 0 })).toBe('none judged')
  })

  it('times and numbers', () => {
    const minute = 60_000
    expect([0, 40_000, 12 * minute, 185 * minute, 52 * 60 * minute, undefined].map(lasting)).toEqual([
      'none',
      '40 s',
      '12 min',
      '3 h 5 min',
      '2 d 4 h',
      '–',
    ])
    expect([45 * minute, 3 * 24 * 60 * minute].map((ms) => bedTime(ms / 86_400_000))).toEqual([
      '45 min of bed time',
      '3 bed days',
    ])
    expect([1.26, 12.6, Number.NaN].map(number)).toEqual(['1.3', '13', '–'])
    expect([0, 1, 5, 8, 10].map((count) => shadeOf(count, 10))).toEqual([0, 1, 2, 4, 4])
  })
})

describe('CSV', () => {
  it('quotes what must be, and lets no spreadsheet run anything', () =>
    expect(csvOf(['a', 'b'], [['x,"y"', 1.5], ['=1+1', undefined]])).toBe(`a,b\r\n"x,""y""",1.5\r\n'=1+1,\r\n`)) // prettier-ignore
})

describe('an SBAR note', () => {
  it('is read as it was written', () => {
    const line = fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[\n\r]/g, ' ').trim())
    const part = line.filter((text) => !/^[SBAR]: /.test(text))
    fc.assert(
      fc.property(part, part, part, part, (situation, background, assessment, recommendation) => {
        const sbar = { situation, background, assessment, recommendation }
        expect(readSbar(sbarText(sbar))).toEqual(sbar)
      }),
    )
  })

  it('another text is all situation, and lines of a part stay with it', () => {
    expect(readSbar('slept well\nB: COPD\nsince 2019')).toEqual({ ...NO_SBAR, situation: 'slept well', background: 'COPD\nsince 2019' }) // prettier-ignore
    expect(sbarText(NO_SBAR)).toBe('')
  })
})
