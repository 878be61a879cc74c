import type { Alarm } from '@pulsewire/contracts'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { alarmBar, needsAcknowledgement, ringsAtAll } from '../alarms/order.ts'
import { alarmTitle } from '../alarms/words.ts'
import { clockText, sinceText } from '../vitals/clock.ts'
import { toAdmin, toPatient, toWard, useIsAdmin, useNow, useStation, useWard } from './hooks.ts'
import { BellIcon, PriorityShape } from './icons.tsx'
import { applyTheme, currentTheme } from './theme.ts'

/** The one place that everybody reads: every alarm by urgency, whether this screen sees, the time, and whether it may ring. */
export function AlarmBar({ selected, onFind }: { selected: string | undefined; onFind: () => void }) {
  const heard = useWard((state) => state.alarms)
  const patients = useWard((state) => state.patients)
  const now = useNow()
  const [open, setOpen] = useState(false)
  const { entries, technical } = useMemo(() => alarmBar([...heard.values()].map((entry) => entry.alarm)), [heard])
  const list = useRef<HTMLUListElement>(null)
  const hidden = useHidden(list, entries)
  const bed = (alarm: Alarm) => patients.get(alarm.patient)?.place ?? patients.get(alarm.patient)?.name ?? alarm.patient
  const entry = (alarm: Alarm) => (
    <li key={alarm.id}>
      <a
        href={toPatient(alarm.patient)}
        class={`bar-entry ${alarm.priority} ${needsAcknowledgement(alarm) ? 'unacknowledged' : 'acknowledged'} ${selected === alarm.id ? 'selected' : ''}`}
        data-alarm={alarm.id}
        onClick={() => setOpen(false)}
      >
        <PriorityShape priority={alarm.priority} />
        <span class="bar-bed">{bed(alarm)}</span> <strong>{alarmTitle(alarm)}</strong>{' '}
        <span class="since">{sinceText(alarm.onset, now)}</span>
        {alarm.state === 'acknowledged' && <span class="since">✓</span>}
      </a>
    </li>
  )
  const more = [hidden > 0 ? `${hidden} more` : '', technical.length > 0 ? `${technical.length} technical` : '']
    .filter((part) => part !== '')
    .join(', ')
  return (
    <header class="bar">
      <nav class="bar-alarms" aria-label="Alarms">
        {entries.length === 0 ? (
          <p class="bar-calm">No alarms</p>
        ) : (
          <ul ref={list} class="bar-list">
            {entries.map(entry)}
          </ul>
        )}
        {more !== '' && (
          <button type="button" class="technical" aria-expanded={open} onClick={() => setOpen(!open)}>
            {more}
          </button>
        )}
        {open && <ul class="bar-panel">{[...entries, ...technical].map(entry)}</ul>}
      </nav>
      <div class="bar-tools">
        <ConnectionState />
        <SoundState now={now} alarms={[...entries, ...technical]} />
        <Tools onFind={onFind} />
        <time class="clock">{clockText(now)}</time>
      </div>
    </header>
  )
}

/** How many entries of the list have no room: they are counted, never dropped in silence. */
function useHidden(list: { current: HTMLElement | null }, entries: readonly Alarm[]): number {
  const [hidden, setHidden] = useState(0)
  useLayoutEffect(() => {
    const element = list.current
    if (!element) {
      setHidden(0)
      return undefined
    }
    const count = () => {
      const { right, bottom } = element.getBoundingClientRect()
      const beyond = [...element.children].filter((child) => {
        const box = child.getBoundingClientRect()
        return box.right > right + 1 || box.bottom > bottom + 1
      })
      setHidden(beyond.length)
    }
    count()
    const observer = new ResizeObserver(count)
    observer.observe(element)
    return () => observer.disconnect()
  }, [list, entries])
  return hidden
}

function ConnectionState() {
  const phase = useWard((state) => state.connection.phase)
  const system = useWard((state) => state.system)
  const word = { connecting: 'connecting', live: 'live', lost: 'not connected' }[phase]
  const trouble = phase === 'live' && !system.ok
  return (
    <span class={`connection ${trouble ? 'trouble' : phase}`} role="status">
      <span class="dot" aria-hidden="true" />
      {trouble ? (system.detail ?? 'analysis has trouble') : word}
    </span>
  )
}

/** Whether this page may ring, and how long the sound is paused. */
function SoundState({ now, alarms }: { now: number; alarms: readonly Alarm[] }) {
  const station = useStation()
  const [mayRing, setMayRing] = useState(station.player.mayRing())
  useEffect(() => {
    const timer = setInterval(() => setMayRing(station.player.mayRing()), 500)
    return () => clearInterval(timer)
  }, [station])
  const paused = alarms.filter(ringsAtAll).map((alarm) => alarm.audioPausedUntil ?? 0)
  const until = paused.reduce((a, b) => Math.max(a, b), 0)
  if (!mayRing) {
    return (
      <button type="button" class="sound off" onClick={() => void enableAndTest(station.player).then(setMayRing)}>
        <BellIcon off /> Sound off: switch on
      </button>
    )
  }
  const left = Math.ceil((until - now) / 1000)
  return (
    <button
      type="button"
      class={`sound ${left > 0 ? 'paused' : ''}`}
      aria-label={left > 0 ? `Sound paused, ${left} seconds left` : 'Pause the sound for two minutes (p)'}
      title="Pause the sound for two minutes (p)"
      onClick={() => void station.pauseSound()}
    >
      <BellIcon off={left > 0} />
      {left > 0 && `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`}
    </button>
  )
}

/** Switches the sound on and lets it be heard. Must run in a gesture. */
export async function enableAndTest(player: {
  enable(): Promise<boolean>
  play(priority: 'low'): void
}): Promise<boolean> {
  const rings = await player.enable()
  if (rings) player.play('low')
  return rings
}

function Tools({ onFind }: { onFind: () => void }) {
  const station = useStation()
  const user = useWard((state) => state.user)
  const admin = useIsAdmin()
  const [theme, setTheme] = useState(currentTheme())
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <details class="menu">
      <summary aria-label="Menu">☰</summary>
      <div class="menu-panel">
        <p class="menu-user">{user}</p>
        <a href={toWard}>Ward</a>
        {admin && <a href={toAdmin}>Patients and devices</a>}
        <button type="button" onClick={onFind}>
          Find a bed (/)
        </button>
        <button
          type="button"
          onClick={() => {
            applyTheme(other)
            setTheme(other)
          }}
        >
          {other === 'light' ? 'Light' : 'Dark'} screen
        </button>
        <button type="button" onClick={() => void station.signOut()}>
          Sign out
        </button>
      </div>
    </details>
  )
}
