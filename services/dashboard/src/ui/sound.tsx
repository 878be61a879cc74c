import { useCallback, useEffect, useState } from 'preact/hooks'
import type { AlarmPlayer } from '../sound/player.ts'
import { isSoundWanted, setSoundWanted } from '../sound/wanted.ts'
import { useStation } from './hooks.ts'
import { BellIcon } from './icons.tsx'

const LOOK_MS = 500

/** Whether this page may ring, seen anew twice a second (a browser takes it back without a word) and whenever `look` is called. */
function useMayRing(): readonly [mayRing: boolean, look: () => void] {
  const { player } = useStation()
  const [mayRing, setMayRing] = useState(player.mayRing())
  const look = useCallback(() => setMayRing(player.mayRing()), [player])
  useEffect(() => {
    const timer = setInterval(look, LOOK_MS)
    return () => clearInterval(timer)
  }, [look])
  return [mayRing, look]
}

/** Switches the sound on and lets it be heard. Must run in a gesture. */
export async function enableAndTest(player: Pick<AlarmPlayer, 'enable' | 'play'>): Promise<boolean> {
  setSoundWanted(true)
  const rings = await player.enable()
  if (rings) player.play('low')
  return rings
}

/**
 * A screen that shall ring and may not says so over its whole width, and takes the next key or touch for the gesture that the browser asks for: it cannot
 * be overlooked, nor be worked around.
 */
export function SoundBanner() {
  const { player } = useStation()
  const [mayRing, look] = useMayRing()
  const shown = !mayRing && isSoundWanted()
  useEffect(() => {
    if (!shown) return undefined
    const enable = () => void enableAndTest(player).then(look)
    const options = { capture: true, once: true }
    // When the press is over: what moves up as the banner goes must not slip away from under a finger that is about to acknowledge.
    addEventListener('click', enable, options)
    addEventListener('keydown', enable, options)
    return () => {
      removeEventListener('click', enable, options)
      removeEventListener('keydown', enable, options)
    }
  }, [shown, player, look])
  if (!shown) return null
  return (
    <div class="no-sound" role="alert">
      <BellIcon off />
      <strong>This screen cannot ring.</strong> Press any key or
      <button type="button" onClick={() => void enableAndTest(player)}>
        Switch on the sound and test it
      </button>
    </div>
  )
}

/** Whether this page may ring, whether it does, and how long the sound is paused: always in words. */
export function SoundState({ now }: { now: number }) {
  const station = useStation()
  const [mayRing] = useMayRing()
  if (!mayRing) {
    return (
      <button type="button" class="sound off" onClick={() => void enableAndTest(station.player)}>
        <BellIcon off /> Sound off: switch on
      </button>
    )
  }
  const { ringing, pausedUntil } = station.sound()
  const left = Math.ceil((pausedUntil - now) / 1000)
  const paused = left > 0 && ringing === undefined
  const countdown = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`
  const text = ringing ? 'Ringing: pause' : paused ? `Sound paused ${countdown}` : 'Sound on'
  return (
    <button
      type="button"
      class={`sound ${ringing ? 'ringing' : paused ? 'paused' : ''}`}
      title={paused ? 'The sound is paused' : 'Pause the sound for two minutes (p)'}
      onClick={() => void station.pauseSound()}
    >
      <BellIcon off={paused} /> {text}
    </button>
  )
}
