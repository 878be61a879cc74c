import { describe, expect, it } from 'vitest'
import { createRandom } from '../score/random.ts'
import { balanced, fitLogistic, outOfFold, probabilityOf, type Sample } from './logistic.ts'

/** Samples of a known model: the first feature matters, the second does not. */
function samplesOf(intercept: number, weight: number): Sample[] {
  const random = createRandom('logistic')
  return Array.from({ length: 20_000 }, (_, i) => {
    const features = [4 * random.uniform() - 2, 100 * random.uniform() - 50]
    const probability = 1 / (1 + Math.exp(-intercept - weight * (features[0] ?? 0)))
    return { features, isPositive: random.uniform() < probability, weight: 1, group: `patient ${i % 10}` }
  })
}

describe('logistic regression', () => {
  it('finds the weights that the samples were made with', () => {
    const model = fitLogistic(samplesOf(-0.5, 1.5))
    expect(model.intercept).toBeCloseTo(-0.5, 1)
    expect(model.weights[0]).toBeCloseTo(1.5, 1)
    expect(Math.abs(model.standardised[1] ?? 1)).toBeLessThan(0.1)
    expect(probabilityOf(model, [1 / 3, 0])).toBeCloseTo(0.5, 1)
  })

  it('judges a group by a model that has not seen it', () => {
    // Each group says the opposite of the other: seen, a model of both is undecided; not seen, it is wrong about each.
    const samples = ['a', 'b'].flatMap((group) =>
      Array.from({ length: 100 }, (_, i) => ({
        features: [i % 2],
        isPositive: (i % 2 === 1) === (group === 'a'),
        weight: 1,
        group,
      })),
    )
    for (const [i, probability] of outOfFold(samples, 2).entries())
      expect(probability > 0.5).not.toBe(samples[i]?.isPositive)
  })

  it('gives each class of each stratum the same weight, and each group its share', () => {
    const few = { features: [0], isPositive: true, group: 'few' }
    const many = { features: [0], isPositive: false, group: 'many' }
    const weights = balanced([few, few, many, many, many, many, { ...many, group: 'other' }], () => '')
    const total = (isPositive: boolean, group: string): number =>
      weights.filter((sample) => sample.isPositive === isPositive && sample.group === group).reduce((sum, { weight }) => sum + weight, 0) // prettier-ignore
    expect(total(true, 'few')).toBeCloseTo(1)
    expect(total(false, 'many')).toBeCloseTo(0.5)
    expect(total(false, 'other')).toBeCloseTo(0.5)
  })
})
