import { describe, expect, test } from 'vitest'
import { joinBeats } from './joined-beats.ts'
import { createLeadView, type LeadView, type SeenBeat } from './lead-view.ts'
import { lookSince } from './strange-run.ts'
import { followRun, isBorneOut } from './ventricular-run.ts'

const NOW = 1_800_000_000_000
const ONSET = NOW - 2_400
const noFall = (): boolean => false

/** A lead whose normal beats are 0.99 ± 0.01 alike, with normal beats every 800 ms and then a run. */
function lead(name: string, run: readonly SeenBeat[], change: Partial<LeadView> = {}): LeadView {
  const normal = Array.from({ length: 12 }, (_, i): SeenBeat => [ONSET - 500 - i * 800, 'N', 0.99]).toReversed()
  return {
    ...createLeadView('d1', `ecg.${name}`, name),
    seenMs: NOW,
    saidUntilMs: NOW,
    quality: 1,
    clarity: 0.9,
    usualLikeness: 0.99,
    likenessSpread: 0.005,
    beats: [...normal, ...run],
    ...change,
  }
}
const run = (likeness: number, intervalMs = 400, shiftMs = 0): SeenBeat[] =>
  Array.from({ length: 6 }, (_, i): SeenBeat => [ONSET + shiftMs + i * intervalMs, 'V', likeness])
const followed = (leads: readonly LeadView[], fallen = noFall) => followRun(undefined, leads, NOW, fallen)

describe('beats of two leads', () => {
  test('are one list: what both saw once, what one saw too', () => {
    const second = run(0.4, 400, 60).filter((_, i) => i !== 2)
    const beats = joinBeats([lead('II', run(0.2)), lead('V', second)], ONSET - 100)
    expect(beats.map(({ timeMs }) => timeMs)).toEqual(run(0.2).map(([timeMs]) => timeMs))
    expect(beats.map(({ seenBy }) => seenBy)).toEqual([2, 2, 1, 2, 2, 2])
  })
  test('are not joined beyond what both have said', () => {
    const slow = lead('V', run(0.2), { saidUntilMs: ONSET + 900 })
    expect(joinBeats([lead('II', run(0.2)), slow], ONSET - 100)).toHaveLength(3)
  })
})

describe('a run that the leads show together', () => {
  test('is one from its fifth beat on, with its onset and rate', () => {
    const found = followed([lead('II', run(0.2)), lead('V', run(0.4))])
    expect(found).toMatchObject({ onsetMs: ONSET, evidence: { heartRate: 150, seenByTwoLeads: 1 } })
  })
  test('four beats are none, nor are five below 100 /min', () => {
    expect(followed([lead('II', run(0.2).slice(0, 4)), lead('V', run(0.2).slice(0, 4))])).toBeUndefined()
    const slow = run(0.2, 640)
    const late = { saidUntilMs: NOW + 2_000 }
    expect(followRun(undefined, [lead('II', slow, late), lead('V', slow, late)], NOW + 2_000, noFall)).toBeUndefined()
  })
  test('is none of beats of which it is not known how the lead looks, as after a gap', () => {
    expect(followed([lead('II', run(0)), lead('V', run(0, 400, 30))])).toBeUndefined()
    const known = run(0.2)
    const half = known.map(([timeMs, beatClass], i): SeenBeat => [timeMs, beatClass, i < 3 ? 0 : 0.2])
    expect(followed([lead('II', half), lead('V', half)])).toBeUndefined()
    // What one lead does not know, the other one may.
    expect(followed([lead('II', known), lead('V', run(0))])).toMatchObject({ onsetMs: ONSET })
  })
  test('a gap before it is no slow rhythm that it would be quicker than', () => {
    const after = (likeness: number): SeenBeat[] => run(likeness, 500)
    const alone = [[ONSET - 10_000, 'N', 0.99], [ONSET - 500, 'N', 0.99]] as const // prettier-ignore
    const few = (name: string): LeadView => lead(name, [], { beats: [...alone.map((beat): SeenBeat => [...beat]), ...after(0.2)] }) // prettier-ignore
    const look = lookSince([few('II'), few('V')], ONSET, NOW + 1_000)
    expect(look?.pace).toBeNaN()
  })
  test('is none where one lead shows normal beats at the same times', () => {
    const normal = run(0.2).map(([timeMs]): SeenBeat => [timeMs, 'N', 0.99])
    expect(followed([lead('II', run(0.2)), lead('V', normal)])).toBeUndefined()
  })
  test('is none where the leads see beats at different times, as they do noise', () => {
    const noise = [lead('II', run(0.3, 430)), lead('V', run(0.3, 470, 215))]
    expect(followed(noise)).toBeUndefined()
  })
  test('is one even so when the pulse falls and nothing looks normal', () => {
    const poor = [lead('II', run(0.1, 400)), lead('V', run(0.1, 800, 150))]
    expect(followed(poor, () => true)?.onsetMs).toBe(ONSET)
  })
  test('need not be very unlike where it begins abruptly out of a clean rhythm', () => {
    const close = (): SeenBeat[] => run(0.86)
    expect(followed([lead('II', close()), lead('V', close())])?.onsetMs).toBe(ONSET)
    const restless = lead('II', close())
    restless.beats = restless.beats.map(([timeMs, beatClass, likeness]) => [timeMs, beatClass, likeness > 0.9 ? 0.9 : likeness]) // prettier-ignore
    const also = { ...restless, key: 'd1/ecg.V' }
    expect(followed([restless, also])).toBeUndefined()
  })
  test('is not opened by a lead that was disturbed meanwhile', () => {
    const disturbed = lead('V', run(0.2), { lastBadMs: ONSET + 500 })
    expect(followed([lead('II', run(0.2)), disturbed])).toBeUndefined()
  })
  test('needs two leads, or one and the pulse', () => {
    expect(followed([lead('II', run(0.2))])).toBeUndefined()
    expect(followed([lead('II', run(0.2))], () => true)).toMatchObject({ onsetMs: ONSET, evidence: { pulse: 'falls' } })
  })
  test('goes on over one other beat, and ends with its last beat after two, or with silence', () => {
    const open = followed([lead('II', run(0.2)), lead('V', run(0.2))])
    const last = ONSET + 2_000
    const more = (beats: readonly SeenBeat[], nowMs: number) => {
      const change = { saidUntilMs: nowMs, seenMs: nowMs }
      return followRun(open, [lead('II', [...run(0.2), ...beats], change), lead('V', [...run(0.2), ...beats], change)], nowMs, noFall) // prettier-ignore
    }
    const normal = (ms: number): SeenBeat => [last + ms, 'N', 0.99]
    expect(more([normal(600)], NOW + 1_000)?.endMs).toBeUndefined()
    expect(more([normal(600), normal(1_400)], NOW + 1_500)?.endMs).toBe(last)
    expect(more([], last + 3_500)?.endMs).toBe(last)
  })
})

describe('a run around one beat that is not strange', () => {
  const around = (normal: number, count = 6) => {
    const beats = run(0.2).slice(0, count)
    const seen = beats.map(([timeMs], i): SeenBeat => (i === normal ? [timeMs, 'N', 0.99] : [timeMs, 'V', 0.2]))
    return followed([lead('II', seen), lead('V', seen)])
  }
  test('is one where four others are in a row (a capture beat)', () => {
    expect(around(4)).toMatchObject({ onsetMs: ONSET, evidence: { beats: 5, heartRate: 150 } })
    expect(around(1)).toMatchObject({ onsetMs: ONSET })
  })
  test('is none of three and two, nor before a beat has followed, nor in bigeminy', () => {
    expect(around(3)).toBeUndefined()
    expect(around(4, 5)).toBeUndefined()
    const bigeminy = run(0.2).map(([timeMs], i): SeenBeat => (i % 2 === 0 ? [timeMs, 'V', 0.2] : [timeMs, 'N', 0.99]))
    expect(followed([lead('II', bigeminy), lead('V', bigeminy)])).toBeUndefined()
  })
  test('is none where the leads do not both show it plainly', () => {
    const one = run(0.2).map(([timeMs], i): SeenBeat => (i === 4 ? [timeMs, 'N', 0.99] : [timeMs, 'V', 0.2]))
    const other = one.map(([timeMs, beatClass, likeness]): SeenBeat => [timeMs, beatClass, Math.max(0.9, likeness)])
    expect(followed([lead('II', one), lead('V', other)])).toBeUndefined()
  })
})

describe('a run with which the pulse falls', () => {
  const falls = (): boolean => true
  test('needs four beats where they are wholly unlike and one may be missed', () => {
    const four = run(0.1).filter((_, i) => i !== 1 && i < 5)
    expect(followed([lead('II', four), lead('V', four)])).toBeUndefined()
    expect(followed([lead('II', four), lead('V', four)], falls)).toMatchObject({ onsetMs: ONSET })
  })
  test('may be little unlike where its pace jumps', () => {
    const close = run(0.86).map((beat, i): SeenBeat => (i === 2 ? [beat[0], 'V', 0.95] : beat))
    const restless = lead('V', close, { likenessSpread: 0.02 })
    expect(followed([lead('II', close), restless], falls)).toMatchObject({ evidence: { pulse: 'falls' } })
  })
  test('may look like the normal beat where it begins abruptly out of a regular rhythm', () => {
    const narrow = run(0.99).map(([timeMs]): SeenBeat => [timeMs, 'S', 0.99])
    expect(followed([lead('II', narrow), lead('V', narrow)])).toBeUndefined()
    expect(followed([lead('II', narrow), lead('V', narrow)], falls)).toMatchObject({ evidence: { heartRate: 150 } })
  })
  test('is none at the pace of before, nor out of a rhythm that is as uneven as that', () => {
    const steady = Array.from({ length: 20 }, (_, i): SeenBeat => [NOW - 400 - i * 450, 'N', 0.99]).toReversed()
    expect(followed([lead('II', [], { beats: steady }), lead('V', [], { beats: steady })], falls)).toBeUndefined()
    const uneven = [0, 380, 1_180, 1_500, 2_500, 2_900, 3_500, 4_400, 4_850, 5_260, 5_670, 6_080, 6_490]
    const beats = uneven.map((ms): SeenBeat => [NOW - 6_600 + ms, 'N', 0.99])
    expect(followed([lead('II', [], { beats }), lead('V', [], { beats })], falls)).toBeUndefined()
  })
  test('is still one when a normal beat has followed before the pulse told', () => {
    const ended = [...run(0.1).slice(0, 5), [ONSET + 2_300, 'N', 0.99] as SeenBeat]
    const poor = lead('V', [...run(0.1, 800, 150).slice(0, 2), [ONSET + 2_300, 'N', 0.99]])
    expect(followed([lead('II', ended), poor])).toBeUndefined()
    expect(followed([lead('II', ended), poor], falls)).toMatchObject({ onsetMs: ONSET })
  })
})

describe('a run that one lead says', () => {
  const look = (a: readonly SeenBeat[], b: readonly SeenBeat[]) => lookSince([lead('II', a), lead('V', b)], ONSET, NOW)
  const borneOut = (a: readonly SeenBeat[], b: readonly SeenBeat[], lastsMs = 2_400): boolean => {
    const found = look(a, b)
    return found !== undefined && isBorneOut(found, lastsMs)
  }
  test('is borne out by a lead that shows the same beats as strange', () => {
    expect(borneOut(run(0.2), run(0.5))).toBe(true)
  })
  test('and not by one that sees other beats', () => {
    expect(borneOut(run(0.6), run(0.6, 400, 200))).toBe(false)
  })
  test('nor where the beats come at the pace of before and are little unlike', () => {
    expect(borneOut(run(0.9, 800), run(0.96, 800))).toBe(false)
  })
  test('is believed with less once it has lasted', () => {
    const half = run(0.7, 560).map((beat, i): SeenBeat => (i % 3 === 0 ? [beat[0], 'N', 0.95] : beat))
    expect(borneOut(half, run(0.9, 560), 2_400)).toBe(false)
    expect(borneOut(half, run(0.9, 560), 9_000)).toBe(true)
  })
})
