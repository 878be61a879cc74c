import { describe, expect, test } from 'vitest'
import { analyse, only, onsets } from './testing/run-analyzer.ts'
import { beatsEvery, concatenate, createRandom, fibrillate, synthesise } from './testing/synthetic-ecg.ts'

const RATE_HZ = 250
const OPTIONS = { rateHz: RATE_HZ, lead: 'II' }
const constant = (intervalMs: number, count: number): number[] => Array.from({ length: count }, () => intervalMs)
const sinus = (seconds: number, intervalMs = 800): Float64Array =>
  synthesise(beatsEvery(constant(intervalMs, Math.floor((seconds * 1000 - 500) / intervalMs))), seconds, RATE_HZ)

describe('life-threatening rhythms', () => {
  test.each([
    ['a quiet line with little noise', { noiseMv: 0.01, wanderMv: 0.05 }],
    ['a line that wanders with breathing', { noiseMv: 0.02, wanderMv: 0.2 }],
    ['a line almost without noise', { noiseMv: 0.006, wanderMv: 0 }],
  ])('asystole on %s is said within 10 s of the last beat, and ends with the next', (_, around) => {
    const silence = synthesise([], 12, RATE_HZ, around)
    const outputs = analyse(concatenate(sinus(30), silence, sinus(20)), OPTIONS)
    const [asystole, ...others] = onsets(outputs, 'asystole')
    expect(others).toEqual([])
    expect(asystole?.onsetMs).toBeGreaterThan(28_000)
    expect(asystole?.timeMs).toBeLessThan((asystole?.onsetMs ?? 0) + 6500)
    const end = only(outputs, 'rhythm').find(({ type, phase }) => type === 'asystole' && phase === 'end')
    expect(end?.endMs).toBeGreaterThan(42_000)
    expect(end?.endMs).toBeLessThan(46_000)
  })

  test('after an asystole the standstill is no slow rate: what is slow then is said from there on', () => {
    const standstill = synthesise([], 12, RATE_HZ)
    const back = analyse(concatenate(sinus(30), standstill, sinus(30)), OPTIONS)
    expect(onsets(back).map(({ type }) => type)).toEqual(['pause', 'asystole'])
    const slow = analyse(concatenate(sinus(30), standstill, sinus(30, 1800)), OPTIONS)
    expect(onsets(slow, 'extreme-bradycardia')[0]?.onsetMs).toBeGreaterThan(42_000)
  })

  test.each([1.5, 2])('movement at %f Hz that is taller than the complexes is no fibrillation', (frequencyHz) => {
    const moving = sinus(60).map((mv, i) => {
      const atS = i / RATE_HZ
      return atS < 20 || atS >= 40 ? mv : mv + 1.25 * Math.sin(2 * Math.PI * frequencyHz * atS)
    })
    expect(onsets(analyse(moving, OPTIONS), 'ventricular-fibrillation')).toEqual([])
  })

  test('a disturbance of a clear line is forgotten once the line has been quiet for ten seconds', () => {
    const disturbed = sinus(60).map((mv, i) => {
      const sinceS = i / RATE_HZ - 30
      return sinceS < 0 || sinceS > 4 ? mv : mv + 0.5 * Math.exp(-((sinceS % 0.27) / 0.05))
    })
    const quality = only(analyse(disturbed, OPTIONS), 'quality')
    const clarityAt = (second: number) => quality.find(({ timeMs }) => timeMs === second * 1000)?.clarity
    expect(clarityAt(29)).toBeGreaterThan(0.8)
    expect(clarityAt(36)).toBeLessThan(0.7)
    expect(clarityAt(48)).toBeGreaterThan(0.8)
  })

  test('asystole is said where it was so from the start', () => {
    const [asystole] = onsets(analyse(synthesise([], 12, RATE_HZ), OPTIONS), 'asystole')
    expect(asystole?.timeMs).toBeLessThan(8000)
  })

  test.each([
    ['exactly constant', () => 0],
    ['at the rail', () => 5],
    ['missing', () => NaN],
  ])('a signal that is %s is no asystole: the electrode is off', (_, value) => {
    const off = Float64Array.from({ length: 20 * RATE_HZ }, value)
    const outputs = analyse(concatenate(sinus(30), off, sinus(20)), OPTIONS)
    expect(onsets(outputs)).toEqual([])
    const during = only(outputs, 'quality').filter(({ timeMs }) => timeMs > 32_000 && timeMs < 49_000)
    expect(during.every(({ quality }) => quality < 0.1)).toBe(true)
    expect(only(outputs, 'heart-rate').filter(({ timeMs }) => timeMs > 35_000 && timeMs < 49_000)).toEqual([])
  })

  test('an amplifier that comes back from a jump of the electrode is no asystole', () => {
    const back = Float64Array.from({ length: 7 * RATE_HZ }, (_, i) => 4 * Math.exp(-i / (1.5 * RATE_HZ)))
    const noise = synthesise([], 7, RATE_HZ)
    const recovery = back.map((value, i) => value + (noise[i] ?? 0))
    expect(onsets(analyse(concatenate(sinus(30), recovery, sinus(20)), OPTIONS))).toEqual([])
  })

  test('ventricular fibrillation is said within 8 s', () => {
    const outputs = analyse(concatenate(sinus(30), fibrillate(20, RATE_HZ), sinus(20)), OPTIONS)
    const [fibrillation] = onsets(outputs, 'ventricular-fibrillation')
    expect(fibrillation?.onsetMs).toBeGreaterThan(27_000)
    expect(fibrillation?.timeMs).toBeLessThan(38_000)
    expect(onsets(outputs, 'asystole')).toEqual([])
    const end = only(outputs, 'rhythm').find(
      ({ type, phase }) => type === 'ventricular-fibrillation' && phase === 'end',
    )
    expect(end?.endMs).toBeLessThan(56_000)
  })

  test('a run of wide beats at 160 /min is ventricular tachycardia, said with its fifth beat or soon after', () => {
    const run = synthesise(beatsEvery(constant(375, 20), 'V', 375), 8, RATE_HZ)
    const [tachycardia] = onsets(analyse(concatenate(sinus(30), run, sinus(20)), OPTIONS), 'ventricular-tachycardia')
    expect(tachycardia?.onsetMs).toBeGreaterThan(29_500)
    expect(tachycardia?.timeMs).toBeLessThan(34_000)
  })

  test('a ventricular tachycardia in which samples go missing ends with its last beat, at a time that is a number', () => {
    const run = synthesise(beatsEvery(constant(375, 12), 'V', 300), 5, RATE_HZ)
    const gap = new Float64Array(RATE_HZ / 2).fill(NaN)
    const outputs = analyse(concatenate(sinus(30), run, gap, sinus(20)), OPTIONS)
    const [tachycardia] = onsets(outputs, 'ventricular-tachycardia')
    expect(tachycardia?.timeMs).toBeLessThan(35_000)
    const end = only(outputs, 'rhythm').find(({ type, phase }) => type === 'ventricular-tachycardia' && phase === 'end')
    expect(end?.endMs).toBeGreaterThan(33_500)
    expect(end?.endMs).toBeLessThan(35_000)
  })

  test('four wide beats in a row are not yet ventricular tachycardia', () => {
    const run = synthesise(beatsEvery(constant(450, 4), 'V', 375), 3, RATE_HZ)
    expect(onsets(analyse(concatenate(sinus(30), run, sinus(20)), OPTIONS), 'ventricular-tachycardia')).toEqual([])
  })

  test('seventeen beats above 140 /min are extreme tachycardia', () => {
    const outputs = analyse(concatenate(sinus(20), sinus(15, 380), sinus(20)), OPTIONS)
    const [extreme] = onsets(outputs, 'extreme-tachycardia')
    expect(extreme?.evidence.heartRate).toBeGreaterThan(140)
    expect(extreme?.timeMs).toBeLessThan(20_500 + 17 * 380 + 3000)
  })

  test('five beats below 40 /min are extreme bradycardia', () => {
    const outputs = analyse(concatenate(sinus(20), sinus(20, 1800), sinus(20)), OPTIONS)
    const [extreme] = onsets(outputs, 'extreme-bradycardia')
    expect(extreme?.evidence.heartRate).toBeLessThan(40)
    expect(extreme?.timeMs).toBeLessThan(20_500 + 5 * 1800 + 2000)
  })

  test('one long interval is a pause and nothing else', () => {
    const outputs = analyse(concatenate(sinus(20), synthesise([], 2, RATE_HZ), sinus(20)), OPTIONS)
    expect(onsets(outputs).map(({ type }) => type)).toEqual(['pause'])
    const end = only(outputs, 'rhythm').find(({ phase }) => phase === 'end')
    expect(end?.evidence.lengthMs).toBeGreaterThan(2500)
  })
})

describe('atrial fibrillation', () => {
  /** Beats with P waves, then beats without an order and without P waves, then the first again. */
  const paroxysm = (beforeS: number, duringS: number, afterS: number): Float64Array => {
    const random = createRandom(3)
    const irregular = Array.from({ length: 2 * duringS }, () => 450 + 500 * random())
    const during = beatsEvery(irregular, 'N', 200)
      .filter(({ timeMs }) => timeMs < duringS * 1000 - 400)
      .map((beat) => ({ ...beat, pWave: false }))
    return concatenate(sinus(beforeS), synthesise(during, duringS, RATE_HZ), sinus(afterS))
  }

  test('is found from the start of a record, within 15 s', () => {
    const [fibrillation] = onsets(analyse(paroxysm(1, 60, 1), OPTIONS), 'atrial-fibrillation')
    expect(fibrillation?.timeMs).toBeLessThan(15_000)
    expect(fibrillation?.onsetMs).toBeLessThan(3000)
  })

  test('a paroxysm between sinus rhythm is said within 20 s of its onset; onset and end are right within 3 s', () => {
    const outputs = analyse(paroxysm(60, 60, 60), OPTIONS)
    const [fibrillation, ...others] = onsets(outputs, 'atrial-fibrillation')
    expect(others).toEqual([])
    expect(fibrillation?.timeMs).toBeLessThan(80_000)
    expect(Math.abs((fibrillation?.onsetMs ?? 0) - 60_000)).toBeLessThan(3000)
    const end = only(outputs, 'rhythm').find(({ type, phase }) => type === 'atrial-fibrillation' && phase === 'end')
    expect(Math.abs((end?.endMs ?? 0) - 120_000)).toBeLessThan(3000)
  })

  test('is not found in irregular beats that each have a P wave before them', () => {
    const random = createRandom(3)
    const intervals = Array.from({ length: 180 }, () => 700 + 300 * random())
    const samples = synthesise(beatsEvery(intervals), 120, RATE_HZ)
    expect(onsets(analyse(samples, OPTIONS), 'atrial-fibrillation')).toEqual([])
  })

  test('a lost second does not end it', () => {
    const samples = paroxysm(30, 90, 1)
    samples.fill(NaN, 80 * RATE_HZ, 81 * RATE_HZ)
    const outputs = analyse(samples, OPTIONS)
    expect(onsets(outputs, 'atrial-fibrillation')).toHaveLength(1)
    const end = only(outputs, 'rhythm').find(({ type, phase }) => type === 'atrial-fibrillation' && phase === 'end')
    expect(end?.endMs ?? Infinity).toBeGreaterThan(115_000)
  })

  test('is not found in sinus rhythm that breathes, nor in bigeminy', () => {
    const breathing = Array.from({ length: 200 }, (_, i) => 900 + 120 * Math.sin((2 * Math.PI * i) / 5))
    expect(onsets(analyse(synthesise(beatsEvery(breathing), 180, RATE_HZ), OPTIONS))).toEqual([])
    const bigeminy = Array.from({ length: 150 }, (_, i) => (i % 2 === 0 ? 520 : 1080))
    expect(onsets(analyse(synthesise(beatsEvery(bigeminy), 115, RATE_HZ), OPTIONS), 'atrial-fibrillation')).toEqual([])
  })
})

describe('quiet monitoring', () => {
  test.each([100, 125, 250, 360, 500])('ten minutes of sinus rhythm at %i Hz ring nothing', (rateHz) => {
    const random = createRandom(5)
    const intervals = Array.from({ length: 700 }, (_, i) => 820 + 40 * Math.sin(i / 3) + 20 * random())
    const samples = synthesise(beatsEvery(intervals), 570, rateHz, { noiseMv: 0.02, wanderMv: 0.2 })
    expect(onsets(analyse(samples, { rateHz, lead: 'II' }))).toEqual([])
  })

  test('single ventricular beats ring nothing and are told from the rest', () => {
    const beats = beatsEvery(constant(800, 140)).map((beat, i) =>
      i % 10 === 9 ? { timeMs: beat.timeMs - 250, kind: 'V' as const } : beat,
    )
    const outputs = analyse(synthesise(beats, 113, RATE_HZ), OPTIONS)
    expect(onsets(outputs)).toEqual([])
    const ventricular = only(outputs, 'beat').filter(({ beatClass }) => beatClass === 'V')
    expect(ventricular.length).toBeGreaterThanOrEqual(13)
    expect(ventricular.length).toBeLessThanOrEqual(15)
  })
})

describe('an irregular rhythm about the limit of the rate', () => {
  /** Intervals without order, evenly spread by 25 % about their mean. */
  const irregular = (meanMs: number, count: number, seed: number): number[] => {
    const random = createRandom(seed)
    return Array.from({ length: count }, () => meanMs * (0.75 + 0.5 * random()))
  }
  const analysed = (meanMs: number, seed: number) =>
    analyse(synthesise(beatsEvery(irregular(meanMs, Math.floor(300_000 / meanMs), seed)), 298, RATE_HZ), OPTIONS)

  test.each([1, 2, 3])(
    'a mean of 112 /min swings over 120 for seconds, and is said at most once in five minutes',
    (seed) => {
      expect(onsets(analysed(60_000 / 112, seed), 'tachycardia').length).toBeLessThanOrEqual(1)
    },
  )
  test.each([1, 2, 3])('a mean of 130 /min is said once, within a minute', (seed) => {
    const [first, ...others] = onsets(analysed(60_000 / 130, seed), 'tachycardia')
    expect(first?.timeMs).toBeLessThan(60_000)
    expect(others).toEqual([])
  })
  test.each([1, 2, 3])('a mean of 45 /min is said once, within a minute', (seed) => {
    const [first, ...others] = onsets(analysed(60_000 / 45, seed), 'bradycardia')
    expect(first?.timeMs).toBeLessThan(60_000)
    expect(others).toEqual([])
  })
})
