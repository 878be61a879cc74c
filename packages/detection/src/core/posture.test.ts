import { describe, expect, test } from 'vitest'
import { createPostureState, followPosture, hasMoved, type PostureState } from './posture.ts'

const START = 1_800_000_000_000
const RATE_HZ = 50
type Vector = readonly [number, number, number]
const LYING: Vector = [0, 0, 1]
const SITTING: Vector = [0, 0.94, 0.34]

function follow(at: (second: number) => Vector | undefined, seconds: number, blockS = 1, scale = 0.001): PostureState {
  const state = createPostureState()
  const block = Math.round(blockS * RATE_HZ)
  for (let from = 0; from < seconds * RATE_HZ; from += block) {
    const count = Math.min(block, seconds * RATE_HZ - from)
    const signals = (['accel.x', 'accel.y', 'accel.z'] as const).map((name, axis) => ({
      name,
      unit: '1',
      scale,
      offset: 0,
      samples: Int16Array.from({ length: count }, (_, i) => {
        const point = at((from + i) / RATE_HZ)
        return point === undefined ? -32768 : Math.round((point[axis] ?? 0) * 1000)
      }),
    }))
    followPosture(state, START + (from * 1000) / RATE_HZ, RATE_HZ, signals)
  }
  return state
}

const shaken = (second: number): Vector => [0.4 * Math.sin(second * 13), 0.3 * Math.sin(second * 17), 1 + 0.4 * Math.sin(second * 11)] // prettier-ignore

describe('posture', () => {
  test('lying still: no movement, no change', () => {
    expect(follow(() => LYING, 60)).toMatchObject({ moved: [], changedAtMs: 0 })
  })
  test('sitting up changes it, once, when it happened', () => {
    const { changedAtMs } = follow((second) => (second < 30 ? LYING : SITTING), 60)
    expect(changedAtMs).toBeGreaterThan(START + 29_900)
    expect(changedAtMs).toBeLessThan(START + 32_000)
  })
  test('a turn of 20 degrees does not', () => {
    const turned: Vector = [0, 0.342, 0.94]
    expect(follow((second) => (second < 30 ? LYING : turned), 60).changedAtMs).toBe(0)
  })
  test('nor does a moment on the side', () => {
    expect(follow((second) => (second > 30 && second < 32 ? SITTING : LYING), 60).changedAtMs).toBe(0)
  })
  test('movement is told while it lasts, and a posture held through it is not changed', () => {
    const state = follow((second) => (second > 20 && second < 30 ? shaken(second) : LYING), 60)
    const moved = state.moved.map((second) => second - START / 1000)
    expect(moved[0]).toBeGreaterThanOrEqual(20)
    expect(moved.at(-1)).toBeLessThan(34)
    expect(state.changedAtMs).toBe(0)
    expect(hasMoved(state, START + 25_000, START + 26_000)).toBe(true)
    expect(hasMoved(state, START + 40_000, START + 50_000)).toBe(false)
    expect(hasMoved(undefined, START, START + 10_000)).toBe(false)
  })
  test('the unit does not matter', () => {
    const sitUp = (second: number): Vector => (second < 30 ? LYING : SITTING)
    expect(follow(sitUp, 60, 1, 9.81e-3).changedAtMs).toBe(follow(sitUp, 60).changedAtMs)
  })
  test('nor the size of the blocks', () => {
    const sitUp = (second: number): Vector => (second < 30 ? shaken(second) : SITTING)
    expect(follow(sitUp, 60, 0.2)).toEqual(follow(sitUp, 60, 5))
  })
  test('missing samples and missing axes say nothing', () => {
    expect(follow(() => undefined, 30)).toMatchObject({ moved: [], changedAtMs: 0, gravity: [] })
    const state = createPostureState()
    followPosture(state, START, RATE_HZ, [{ name: 'accel.x', unit: '1', scale: 1, offset: 0, samples: new Int16Array(50) }]) // prettier-ignore
    expect(state).toEqual(createPostureState())
  })
})
