/** One observation. `group` = the patient or record: what is left out together in a cross-validation. */
export interface Sample {
  readonly features: readonly number[]
  readonly isPositive: boolean
  readonly weight: number
  readonly group: string
}

export interface LogisticModel {
  readonly intercept: number
  readonly weights: readonly number[]
  /** The weights per standard deviation of each feature: how much each matters. */
  readonly standardised: readonly number[]
}

const RIDGE: number = 1e-3
const MOST_STEPS = 50
const CLOSE = 1e-8

/** Logistic regression with a small ridge on standardised features, by Newton's method: the same samples give the same weights. */
export function fitLogistic(samples: readonly Sample[]): LogisticModel {
  const size = samples[0]?.features.length ?? 0
  const total = samples.reduce((sum, { weight }) => sum + weight, 0)
  const mean = Array.from({ length: size }, (_, j) => weighted(samples, total, ({ features }) => features[j] ?? 0))
  const spread = mean.map((centre, j) => Math.sqrt(weighted(samples, total, ({ features }) => ((features[j] ?? 0) - centre) ** 2)) || 1) // prettier-ignore
  const rows = samples.map(({ features, isPositive, weight }) => ({
    values: [1, ...features.map((value, j) => (value - (mean[j] ?? 0)) / (spread[j] ?? 1))],
    target: isPositive ? 1 : 0,
    weight: weight / total,
  }))
  const beta = Array.from({ length: size + 1 }, () => 0)
  for (let step = 0; step < MOST_STEPS; step++) {
    const gradient = beta.map((value, j) => (j === 0 ? 0 : -RIDGE * value))
    const curvature = beta.map((_, j) => beta.map((_, k) => (j === k && j > 0 ? RIDGE : 0)))
    for (const { values, target, weight } of rows) {
      const p = logistic(dot(beta, values))
      const bend = weight * Math.max(1e-9, p * (1 - p))
      for (let j = 0; j <= size; j++) {
        const value = values[j] ?? 0
        gradient[j] = (gradient[j] ?? 0) + weight * (target - p) * value
        const row = curvature[j]
        if (row !== undefined) for (let k = 0; k <= size; k++) row[k] = (row[k] ?? 0) + bend * value * (values[k] ?? 0)
      }
    }
    const change = solve(curvature, gradient)
    for (let j = 0; j <= size; j++) beta[j] = (beta[j] ?? 0) + (change[j] ?? 0)
    if (Math.max(...change.map(Math.abs)) < CLOSE) break
  }
  const [offset = 0, ...standardised] = beta
  const weights = standardised.map((value, j) => value / (spread[j] ?? 1))
  return { intercept: offset - dot(weights, mean), weights, standardised }
}

export function probabilityOf({ intercept, weights }: LogisticModel, features: readonly number[]): number {
  return logistic(intercept + dot(weights, features))
}

/** For each sample the probability by a model that has not seen its group: groups are dealt into `folds` in the order of their names. */
export function outOfFold(samples: readonly Sample[], folds: number): number[] {
  const groups = [...new Set(samples.map(({ group }) => group))].toSorted()
  const foldOf = new Map(groups.map((group, i) => [group, i % folds]))
  const models = Array.from({ length: folds }, (_, fold) =>
    fitLogistic(samples.filter(({ group }) => foldOf.get(group) !== fold)),
  )
  return samples.map(({ group, features }) => {
    const model = models[foldOf.get(group) ?? 0]
    return model === undefined ? NaN : probabilityOf(model, features)
  })
}

/** Each class of each stratum gets the same weight in all, each group of it the same share of that. */
export function balanced(
  samples: readonly Omit<Sample, 'weight'>[],
  stratumOf: (sample: Omit<Sample, 'weight'>) => string,
): Sample[] {
  const key = (sample: Omit<Sample, 'weight'>): string => `${stratumOf(sample)} ${sample.isPositive}`
  const sizes = new Map<string, Map<string, number>>()
  for (const sample of samples) {
    const groups = sizes.get(key(sample)) ?? new Map<string, number>()
    groups.set(sample.group, (groups.get(sample.group) ?? 0) + 1)
    sizes.set(key(sample), groups)
  }
  return samples.map((sample) => {
    const groups = sizes.get(key(sample))
    return { ...sample, weight: 1 / ((groups?.size ?? 1) * (groups?.get(sample.group) ?? 1)) }
  })
}

function weighted(samples: readonly Sample[], total: number, of: (sample: Sample) => number): number {
  return samples.reduce((sum, sample) => sum + sample.weight * of(sample), 0) / total
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
}

function logistic(score: number): number {
  return 1 / (1 + Math.exp(-score))
}

/** Solves a small system of linear equations by elimination with pivots. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const size = right.length
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0])
  const cell = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 0; i < size; i++) {
    let pivot = i
    for (let k = i + 1; k < size; k++) if (Math.abs(cell(k, i)) > Math.abs(cell(pivot, i))) pivot = k
    const [upper, lower] = [rows[i] ?? [], rows[pivot] ?? []]
    rows[i] = lower
    rows[pivot] = upper
    for (let k = i + 1; k < size; k++) {
      const factor = cell(k, i) / cell(i, i)
      rows[k] = (rows[k] ?? []).map((value, j) => value - factor * cell(i, j))
    }
  }
  const result = Array.from({ length: size }, () => 0)
  for (let i = size - 1; i >= 0; i--) {
    let sum = cell(i, size)
    for (let k = i + 1; k < size; k++) sum -= cell(i, k) * (result[k] ?? 0)
    result[i] = sum / cell(i, i)
  }
  return result
}
