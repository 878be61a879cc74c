import type { AlarmPriority } from '@pulsewire/contracts'
import { HARMONICS, PATTERNS, RISE_SHARE } from './pattern.ts'

/** Plays bursts with Web Audio. A browser lets it sound only after a gesture on the page, and may take that back. */
export interface AlarmPlayer {
  /** Call within a gesture (a click, a key): switches the sound on. Answers whether it may ring. */
  enable(): Promise<boolean>
  /** Whether a burst would be heard now: allowed, and the audio's own clock runs. */
  mayRing(): boolean
  /** Call several times a second: sees whether the audio runs, and tries to bring it back where it was taken away. */
  check(nowMs: number): void
  play(priority: AlarmPriority): void
  stop(): void
}

const VOLUME = 0.35
/** An audio clock that stands still for so long has lost its device. */
const STALLED_AFTER_MS = 2000
const RESUME_EVERY_MS = 1000

export function createAlarmPlayer(): AlarmPlayer {
  let context: AudioContext | undefined
  let wave: PeriodicWave | undefined
  let playing: GainNode | undefined
  let heard = { clockS: 0, atMs: 0 }
  let stalled = false
  let triedAt = 0

  const stop = () => {
    playing?.disconnect()
    playing = undefined
  }
  const mayRing = () => context?.state === 'running' && !stalled

  return {
    async enable() {
      context ??= new AudioContext()
      wave ??= context.createPeriodicWave(new Float32Array(HARMONICS.length + 1), Float32Array.from([0, ...HARMONICS]))
      await context.resume()
      return mayRing()
    },
    mayRing,
    check(nowMs) {
      if (!context) return
      if (context.state === 'running') {
        if (context.currentTime !== heard.clockS) heard = { clockS: context.currentTime, atMs: nowMs }
        stalled = nowMs - heard.atMs > STALLED_AFTER_MS
        return
      }
      heard = { clockS: context.currentTime, atMs: nowMs }
      // The system took it (a call, another device): a page that was allowed once may ask again. Refused, `mayRing` says so.
      if (nowMs - triedAt < RESUME_EVERY_MS) return
      triedAt = nowMs
      context.resume().catch(() => undefined)
    },
    play(priority) {
      stop()
      if (!context || !wave || context.state !== 'running') return
      const output = context.createGain()
      output.gain.value = VOLUME
      output.connect(context.destination)
      playing = output
      const begin = context.currentTime + 0.02
      for (const pulse of PATTERNS[priority].pulses) {
        const from = begin + pulse.startMs / 1000
        const length = pulse.durationMs / 1000
        const envelope = context.createGain()
        envelope.gain.setValueAtTime(0, from)
        envelope.gain.linearRampToValueAtTime(1, from + length * RISE_SHARE)
        envelope.gain.setValueAtTime(1, from + length * (1 - RISE_SHARE))
        envelope.gain.linearRampToValueAtTime(0, from + length)
        envelope.connect(output)
        const oscillator = context.createOscillator()
        oscillator.setPeriodicWave(wave)
        oscillator.frequency.value = pulse.frequencyHz
        oscillator.connect(envelope)
        oscillator.start(from)
        oscillator.stop(from + length)
      }
    },
    stop,
  }
}
