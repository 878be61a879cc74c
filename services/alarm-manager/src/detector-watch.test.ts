import { describe, expect, it } from 'vitest'
import { createDetectorWatch, type DetectorWatch } from './detector-watch.ts'

const T0 = 1_790_000_000_000
const beat = (watch: DetectorWatch, worker: string, partitions: number[], atMs: number): void =>
  watch.heard({ worker, at: T0 + atMs, partitions }, T0 + atMs)
/** What the checks between two times say, one each half second. */
const checks = (watch: DetectorWatch, fromMs: number, toMs: number): string[] => {
  const said: string[] = []
  for (let atMs = fromMs; atMs <= toMs; atMs += 500) {
    const finding = watch.check(T0 + atMs)
    if (finding !== undefined) said.push(`${finding.status} at ${atMs}`)
  }
  return said
}

describe('the watch over the detectors', () => {
  it('says nothing while partitions change hands for some seconds, also where workers say that they watch nothing', () => {
    const watch = createDetectorWatch(4, T0)
    beat(watch, 'a', [0, 1, 2, 3], 1_000)
    expect(checks(watch, 1_000, 2_500)).toEqual([])
    for (const atMs of [3_000, 5_000, 7_000]) {
      beat(watch, 'a', [], atMs)
      beat(watch, 'b', [], atMs)
    }
    expect(checks(watch, 3_000, 8_500)).toEqual([])
    beat(watch, 'a', [0, 1], 8_500)
    beat(watch, 'b', [2, 3], 9_000)
    expect(checks(watch, 9_000, 16_500)).toEqual([])
  })

  it('says that a partition is watched by nobody although all workers live, and that it is again', () => {
    const watch = createDetectorWatch(4, T0)
    beat(watch, 'a', [0, 1, 2, 3], 1_000)
    checks(watch, 1_000, 1_500)
    const said: string[] = []
    for (let atMs = 2_000; atMs <= 10_000; atMs += 2_000) {
      beat(watch, 'a', [0, 1, 2], atMs)
      said.push(...checks(watch, atMs, atMs + 1_500))
    }
    expect(said).toEqual(['open at 9500'])
    beat(watch, 'b', [3], 12_000)
    expect(checks(watch, 12_000, 13_000)).toEqual(['ended at 12000'])
  })

  it('names all that it came from: who was last heard when, and how long is too long', () => {
    const watch = createDetectorWatch(4, T0)
    beat(watch, 'a', [0, 1, 2, 3], 1_000)
    checks(watch, 1_000, 1_500)
    beat(watch, 'a', [0, 1], 5_000)
    checks(watch, 5_000, 9_000)
    expect(watch.check(T0 + 9_500)).toMatchObject({
      evidence: {
        partitionsUnwatched: 2,
        partitions: 4,
        silentAfterMs: 8_000,
        partitionsLastHeard: { 2: T0 + 1_000, 3: T0 + 1_000 },
      },
    })
  })

  it('gives detectors time at its own start, and is not put off by heartbeats from before it', () => {
    const watch = createDetectorWatch(2, T0)
    beat(watch, 'a', [0, 1], -60_000)
    expect(checks(watch, 0, 9_500)).toEqual([])
    expect(checks(watch, 10_000, 11_000)).toEqual(['open at 10000'])
  })

  it('ends a condition from before its start only when all partitions are watched again', () => {
    const watch = createDetectorWatch(2, T0, T0 - 30_000)
    beat(watch, 'a', [0], 1_000)
    expect(checks(watch, 0, 5_000)).toEqual([])
    beat(watch, 'a', [0, 1], 5_500)
    expect(checks(watch, 5_500, 7_000)).toEqual(['ended at 5500'])
  })
})
