import type { Alarm } from '@pulsewire/contracts'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect, useRef, useState } from 'preact/hooks'
import { alarmTitle } from '../alarms/words.ts'
import { PHONE, useMayTreat, useMedia, useStation } from './hooks.ts'

/** How long a phone's button must be held, so that no touch while scrolling acknowledges anything. */
const HOLD_MS = 500

interface AcknowledgeProps {
  alarm: Alarm
  bed: string
  /** Others of the same cause, acknowledged with it. */
  also?: readonly Alarm[]
}

/** One click at the desk; half a second's hold on a phone. */
export function AcknowledgeButton({ alarm, bed, also = [] }: AcknowledgeProps) {
  const station = useStation()
  const mayTreat = useMayTreat()
  const phone = useMedia(PHONE)
  const [phase, setPhase] = useState<'idle' | 'holding' | 'sent'>('idle')
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])

  const waiting = [alarm, ...also].filter(needsAcknowledgement)
  if (!mayTreat || waiting.length === 0) return null

  const send = async () => {
    setPhase('sent')
    await Promise.all(waiting.map((one) => station.acknowledge(one)))
    setPhase('idle')
  }
  const hold = () => {
    if (!phone || phase !== 'idle') return
    setPhase('holding')
    timer.current = setTimeout(() => void send(), HOLD_MS)
  }
  const all = also.length > 0 ? ` all ${waiting.length}` : ''
  const text = phase === 'sent' ? 'Sending…' : `${phone ? 'Hold to acknowledge' : 'Acknowledge'}${all}`
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
