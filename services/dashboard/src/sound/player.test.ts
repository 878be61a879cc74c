import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAlarmPlayer } from './player.ts'

/** An audio system whose state and clock the test moves. */
function audio() {
  const system = { state: 'suspended', currentTime: 0, allowed: true, resumes: 0 }
  vi.stubGlobal(
    'AudioContext',
    class {
      get state() {
        return system.state
      }
      get currentTime() {
        return system.currentTime
      }
      createPeriodicWave() {
        return {}
      }
      resume() {
        system.resumes += 1
        if (!system.allowed) return Promise.reject(new Error('not allowed'))
        system.state = 'running'
        return Promise.resolve()
      }
    },
  )
  return system
}

describe('whether a screen may ring', () => {
  afterEach(() => void vi.unstubAllGlobals())

  it('is no before a gesture, and yes after it', async () => {
    audio()
    const player = createAlarmPlayer()
    expect(player.mayRing()).toBe(false)
    player.check(0)
    expect(player.mayRing()).toBe(false)
    expect(await player.enable()).toBe(true)
    expect(player.mayRing()).toBe(true)
  })

  it('is no where the audio runs by its name only: its clock stands still', async () => {
    const system = audio()
    const player = createAlarmPlayer()
    await player.enable()
    for (let at = 0; at <= 5000; at += 200) {
      system.currentTime = at / 1000
      player.check(at)
    }
    expect(player.mayRing()).toBe(true)
    for (let at = 5200; at <= 7400; at += 200) player.check(at)
    expect(player.mayRing()).toBe(false)
    system.currentTime = 9
    player.check(7600)
    expect(player.mayRing()).toBe(true)
  })

  it('is no while the system has taken it away; it is asked back once a second, and comes back by itself', async () => {
    const system = audio()
    const player = createAlarmPlayer()
    await player.enable()
    Object.assign(system, { state: 'interrupted', allowed: false, resumes: 0 })
    for (let at = 10_000; at < 13_000; at += 200) player.check(at)
    expect(player.mayRing()).toBe(false)
    expect(system.resumes).toBe(3)
    system.allowed = true
    player.check(13_000)
    await Promise.resolve()
    expect(player.mayRing()).toBe(true)
  })
})
