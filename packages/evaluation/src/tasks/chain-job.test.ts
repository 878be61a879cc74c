import { expect, test } from 'vitest'
import { withComeBacks } from './chain-job.ts'

const ring = (type: string, rangS: number, toS: number) => ({ type, rangS, toS })

test('what rings again within a minute of its end comes back; tachycardia and fibrillation of the ventricles are one', () => {
  const rings = [
    ring('ventricular-fibrillation', 180, 190),
    ring('ventricular-tachycardia', 100, 130),
    ring('asystole', 140, 150),
    ring('ventricular-tachycardia', 260, 262),
  ]
  expect(withComeBacks(rings).map(({ rangS, comesBack }) => [rangS, comesBack])).toEqual([
    [100, false],
    [140, false],
    [180, true],
    [260, false],
  ])
})

test('one that was over before it rang counts from its ring, and a long one from its end', () => {
  const [first, second, third] = withComeBacks([
    ring('asystole', 100, 98),
    ring('asystole', 159, 400),
    ring('asystole', 455, 460),
  ])
  expect([first, second, third].map((each) => each?.comesBack)).toEqual([false, true, true])
})
