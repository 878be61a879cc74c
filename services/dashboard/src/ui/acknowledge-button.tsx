import type { Alarm } from '@pulsewire/contracts'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect, useRef, useState } from 'preact/hooks'
import { alarmTitle } from '../alarms/words.ts'
import { PHONE, useMayTreat, useMedia, useStation } from './hooks.ts'

/** How long a phone's button must be held, so that no touch while scrolling acknowledges anything. */
const HOLD_MS = 500

/** One click at the desk; half a second's hold on a phone. */
export function AcknowledgeButton({ alarm, bed }: { alarm: Alarm; bed: string }) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const phone = useMedia(PHONE)
  const [phase, setPhase] = useState<'idle' | 'holding' | 'sent'>('idle')
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  if (!mayTreat || !needsAcknowledgement(alarm)) return null

  const send = async () => {
    setPhase('sent')
    await station.acknowledge(alarm)
    setPhase('idle')
  }
  const hold = () => {
    if (!phone || phase !== 'idle') return
    setPhase('holding')
    timer.current = setTimeout(() => void send(), HOLD_MS)
  }
  const text = phase === 'sent' ? 'Sending…' : phone ? 'Hold to acknowledge' : 'Acknowledge'
  const release = () => {
    clearTimeout(timer.current)
    setPhase((now) => (now === 'holding' ? 'idle' : now))
  }
  return (
    <button
      type="button"
      class={`acknowledge ${phase}`}
      disabled={phase === 'sent'}
      aria-label={`${text} ${alarmTitle(alarm)}, ${bed}`}
      onPointerDown={hold}
      onPointerUp={release}
      onPointerLeave={release}
      onPointerCancel={release}
      onContextMenu={(event) => phone && event.preventDefault()}
      onClick={(event) => {
        event.stopPropagation()
        // A key press is deliberate on a phone too; a tap is not.
        if ((!phone || event.detail === 0) && phase === 'idle') void send()
      }}
    >
      {text}
    </button>
  )
}
