import { groupAlarms } from '@pulsewire/contracts/alarm-groups'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { byUrgency, mostUrgent } from '../alarms/order.ts'
import { clockText } from '../vitals/clock.ts'
import { AdminView } from './admin/admin-view.tsx'
import { AlarmBar } from './alarm-bar.tsx'
import { BedFinder } from './bed-finder.tsx'
import { toWard, useRoute, useStation, useWard } from './hooks.ts'
import { PatientView } from './patient/patient-view.tsx'
import { SignIn } from './sign-in.tsx'
import { WardView } from './ward/ward-view.tsx'

type Session = 'asking' | 'out' | 'in'

/** The whole screen: signed out, or the alarm bar over what the address says. */
export function App() {
  const station = useStation()
  const [session, setSession] = useState<Session>('asking')
  const user = useWard((state) => state.user)

  useEffect(() => {
    void station.api.call('GET /session').then(
      () => setSession('in'),
      (error: unknown) => setSession(error instanceof ApiError && error.status === 401 ? 'out' : 'in'),
    )
  }, [station])
  useEffect(() => {
    if (session === 'in') station.start()
  }, [session, station])
  // The server ended the session: there was a user, and there is none any more.
  const [hadUser, setHadUser] = useState(false)
  useEffect(() => {
    if (user !== undefined) setHadUser(true)
    else if (hadUser) {
      setHadUser(false)
      setSession('out')
    }
  }, [user, hadUser])

  if (session === 'asking') return <main class="empty" aria-busy="true" />
  return session === 'out' ? <SignIn onDone={() => setSession('in')} /> : <Screen />
}

function Screen() {
  const route = useRoute()
  const phase = useWard((state) => state.connection.phase)
  const selected = useSelectedAlarms()
  const [finder, setFinder] = useState<string | undefined>(undefined)
  useKeys(selected, (typed) => setFinder(typed))
  const close = () => setFinder(undefined)
  useEffect(() => {
    const listen = (event: KeyboardEvent) => event.key === 'Escape' && close()
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  return (
    <div class={`screen ${phase === 'live' ? '' : 'not-current'}`} data-phase={phase}>
      <AlarmBar selected={selected} onFind={() => setFinder('')} />
      <LostBanner />
      {route.view === 'ward' && <WardView />}
      {route.view === 'patient' && <PatientView key={route.patient} id={route.patient} section={route.section} />}
      {route.view === 'admin' && <AdminView />}
      {finder !== undefined && <BedFinder typed={finder} onClose={close} />}
      <Notices />
    </div>
  )
}

function LostBanner() {
  const phase = useWard((state) => state.connection.phase)
  const since = useWard((state) => state.connection.lastMessageAt)
  if (phase !== 'lost') return null
  return (
    <div class="lost" role="alert">
      {since > 0 ? `Connection lost since ${clockText(since)}` : 'No connection'}: values are not current, watch the
      patients directly
    </div>
  )
}

const NO_ALARM: readonly string[] = []

/** What `a` acknowledges: what the focus is on, else the most urgent that nobody has acknowledged, with those of the same cause. */
function useSelectedAlarms(): readonly string[] {
  const alarms = useWard((state) => state.alarms)
  const [focused, setFocused] = useState(NO_ALARM)
  useEffect(() => {
    const listen = (event: FocusEvent) => {
      const ids =
        event.target instanceof HTMLElement
          ? event.target.closest<HTMLElement>('[data-alarm]')?.dataset['alarm']?.split(' ')
          : undefined
      setFocused(ids ?? NO_ALARM)
    }
    addEventListener('focusin', listen)
    return () => removeEventListener('focusin', listen)
  }, [])
  return useMemo(() => {
    if (focused.some((id) => alarms.has(id))) return focused
    const [first] = groupAlarms([...alarms.values()].map((entry) => entry.alarm))
      .filter(({ members }) => members.some(needsAcknowledgement))
      .sort((a, b) => byUrgency(mostUrgent(a), mostUrgent(b)))
    return first?.members.map(({ id }) => id) ?? NO_ALARM
  }, [focused, alarms])
}

function useKeys(selected: readonly string[], find: (typed: string) => void): void {
  const station = useStation()
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, select') !== null
      if (event.key === 'Escape') {
        if (typing && event.target instanceof HTMLElement) event.target.blur()
        else location.hash = toWard
        return
      }
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return
      if (event.key === '/' || /^\d$/.test(event.key)) {
        event.preventDefault()
        find(event.key === '/' ? '' : event.key)
      } else if (event.key === 'a') {
        for (const id of selected) {
          const alarm = station.store.state().alarms.get(id)?.alarm
          if (alarm && needsAcknowledgement(alarm)) void station.acknowledge(alarm)
        }
      } else if (event.key === 'p') {
        void station.pauseSound()
      }
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [station, selected, find])
}

const NOTICE_MS = 8000

function Notices() {
  const station = useStation()
  const [text, setText] = useState('')
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = station.onNotice((next) => {
      setText(next)
      clearTimeout(timer)
      timer = setTimeout(() => setText(''), NOTICE_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [station])
  return (
    <div class="notices" role="alert">
      {text}
    </div>
  )
}
