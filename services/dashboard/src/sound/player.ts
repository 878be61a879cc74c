import type { AlarmPriority } from '@pulsewire/contracts'
import { HARMONICS, PATTERNS, RISE_SHARE } from './pattern.ts'

/** Plays bursts with Web Audio. A browser lets it sound only after a gesture on the page. */
export interface AlarmPlayer {
  /** Call within a gesture (a click, a key): switches the sound on. Answers whether it may ring. */
  enable(): Promise<boolean>
  mayRing(): boolean
  play(priority: AlarmPriority): void
  stop(): void
}

const VOLUME = 0.35

export function createAlarmPlayer(): AlarmPlayer {
  let context: AudioContext | undefined
  let wave: PeriodicWave | undefined
  let playing: GainNode | undefined

  const stop = () => {
    playing?.disconnect()
    playing = undefined
  }

  return {
    async enable() {
      context ??= new AudioContext()
      wave ??= context.createPeriodicWave(new Float32Array(HARMONICS.length + 1), Float32Array.from([0, ...HARMONICS]))
      await context.resume()
      return context.state === 'running'
    },
    mayRing: () => context?.state === 'running',
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
