import type { AlarmGroup } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { alarmBar, highestPriority } from '../alarms/order.ts'
import { proofAge } from '../live/proof.ts'
import { ageText } from '../vitals/age.ts'
import { clockText } from '../vitals/clock.ts'
import { SWEEP_DELAY_MS } from '../waves/display-clock.ts'
import { BarEntry } from './bar-entry.tsx'
import { toAdmin, toReports, toWard, useMayTreat, useNow, useStation, useWard } from './hooks.ts'
import { PriorityShape } from './icons.tsx'
import { sectionsFor } from './reports/sections.tsx'
import { SoundState } from './sound.tsx'
import { applyTheme, currentTheme } from './theme.ts'

export interface AlarmBarProps {
  /** Ids of the alarms that `a` acknowledges. */
  readonly selected: readonly string[]
  readonly onFind: () => void
  readonly onHelp: () => void
}

/** The one place that everybody reads: every alarm by urgency, whether this screen sees, the time, and whether it may ring. */
export function AlarmBar({ selected, onFind, onHelp }: AlarmBarProps) {
  const heard = useWard((state) => state.alarms)
  const patients = useWard((state) => state.patients)
  const now = useNow()
  const [open, setOpen] = useState(false)
  const { entries, technical } = useMemo(() => alarmBar([...heard.values()].map((entry) => entry.alarm)), [heard])
  useEffect(() => {
    const close = () => setOpen(false)
    const listen = (event: KeyboardEvent) => event.key === 'Escape' && close()
    addEventListener('keydown', listen)
    addEventListener('hashchange', close)
    return () => {
      removeEventListener('keydown', listen)
      removeEventListener('hashchange', close)
    }
  }, [])
  const list = useRef<HTMLUListElement>(null)
  const hidden = useHidden(list, entries)
  const entry = (group: AlarmGroup, full: boolean, noRoom = false) => (
    <BarEntry
      key={group.id}
      group={group}
      patients={patients}
      now={now}
      full={full}
      noRoom={noRoom}
      selected={group.members.some(({ id }) => selected.includes(id))}
      onOpen={() => setOpen(false)}
    />
  )
  const counted = technical.flatMap(({ members }) => members)
  const more = [hidden > 0 ? `${hidden} more` : '', counted.length > 0 ? `${counted.length} technical` : '']
    .filter((part) => part !== '')
    .join(', ')
  const beyond = highestPriority(counted)
  return (
    <header class="bar">
      <nav class="bar-alarms" aria-label="Alarms">
        {entries.length === 0 ? (
          <p class="bar-calm">No alarms</p>
        ) : (
          <ul ref={list} class="bar-list">
            {entries.map((group, index) => entry(group, false, index >= entries.length - hidden))}
          </ul>
        )}
        {more !== '' && (
          <button
            type="button"
            class={`technical ${beyond ?? ''} ${counted.some(needsAcknowledgement) ? 'unacknowledged' : ''}`}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {beyond && <PriorityShape priority={beyond} />} {more}
          </button>
        )}
        {open && <ul class="bar-panel">{[...entries, ...technical].map((group) => entry(group, true))}</ul>}
      </nav>
      <div class="bar-tools">
        <ConnectionState />
        <ProofState now={now} />
        <span class="sweep-delay">waves {SWEEP_DELAY_MS / 1000} s behind</span>
        <SoundState now={now} />
        <Tools onFind={onFind} onHelp={onHelp} />
        <time class="clock">{clockText(now)}</time>
      </div>
    </header>
  )
}

/** How many entries of the list have no room: they are counted, never dropped in silence. */
function useHidden(list: { current: HTMLElement | null }, entries: readonly AlarmGroup[]): number {
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

/** Whether this screen still sees, and how old the last thing is that it heard. */
function ConnectionState() {
  const now = useNow()
  const lastAt = useWard((state) => Math.floor(state.connection.lastMessageAt / 1000))
  const offset = useWard((state) => state.connection.clockOffsetMs)
  const phase = useWard((state) => state.connection.phase)
  const system = useWard((state) => state.system)
  const word = { connecting: 'connecting', live: 'live', lost: 'not connected' }[phase]
  const trouble = phase === 'live' && !system.ok
  return (
    <span class={`connection ${trouble ? 'trouble' : phase}`} role="status" title={trouble ? system.detail : undefined}>
      <span class="dot" aria-hidden="true" />
      {trouble ? (system.message ?? 'analysis has trouble') : word}
      {lastAt > 0 && (
        <span class="connection-age" title="Since the last message of the station">
          {ageText(now - offset - lastAt * 1000)}
        </span>
      )}
    </span>
  )
}

/** How old the last proof is of the whole way from a device to this screen. */
function ProofState({ now }: { now: number }) {
  const system = useWard((state) => state.system)
  const proof = useWard((state) => state.proof)
  const phase = useWard((state) => state.connection.phase)
  if (phase !== 'live') return null
  const age = proofAge({ system, proof }, now)
  if (age === undefined) return <span class="proof off">no proof</span>
  const { ageMs, isOld } = age
  const word = ageMs === undefined ? 'proof awaited' : `proof ${ageText(ageMs)}`
  return (
    <span
      class={`proof ${isOld ? 'old' : ''}`}
      role={isOld ? 'alert' : undefined}
      title="Since a synthetic patient's alarm came from its device to this screen"
    >
      {isOld ? `${word}: watch the patients directly` : word}
    </span>
  )
}

function Tools({ onFind, onHelp }: Pick<AlarmBarProps, 'onFind' | 'onHelp'>) {
  const station = useStation()
  const user = useWard((state) => state.user)
  const mayTreat = useMayTreat()
  const reports = sectionsFor(useWard((state) => state.roles))
  const [theme, setTheme] = useState(currentTheme())
  const other = theme === 'dark' ? 'light' : 'dark'
  return (
    <details class="menu">
      <summary aria-label="Menu">☰</summary>
      <div class="menu-panel">
        <p class="menu-user">{user}</p>
        <a href={toWard}>Ward</a>
        {reports.map(({ name, label }) => (
          <a key={name} href={toReports(name)}>
            {label}
          </a>
        ))}
        {mayTreat && <a href={toAdmin()}>Administration</a>}
        <a href={toAdmin('password')}>Your account</a>
        <button type="button" onClick={onFind}>
          Find a bed (/)
        </button>
        <button type="button" onClick={onHelp}>
          Keys, signs and sounds (?)
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
