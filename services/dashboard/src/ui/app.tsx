import { useCallback, useEffect, useMemo, useState } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { clockText } from '../vitals/clock.ts'
import { AdminPage } from './admin-page.tsx'
import { AlarmBar } from './alarm-bar.tsx'
import { BedFinder } from './bed-finder.tsx'
import { DeskScreen } from './desk-screen.tsx'
import { Help } from './help.tsx'
import { toWard, useMayWatch, useRoute, useStation, useWard } from './hooks.ts'
import { selectedAlarms, useKeys } from './keys.ts'
import { Notices } from './notices.tsx'
import { PatientView } from './patient/patient-view.tsx'
import { held } from './pure.ts'
import { ReportsView } from './reports/reports-view.tsx'
import { SignIn } from './sign-in.tsx'
import { SoundBanner } from './sound.tsx'
import { WardView } from './ward/ward-view.tsx'

const Ward = held(WardView)
const Patient = held(PatientView)

type Session = 'asking' | 'out' | 'in'

/** The whole screen: signed out, or the alarm bar over what the address says. */
export function App() {
  const station = useStation()
  const [session, setSession] = useState<Session>('asking')
  const user = useWard((state) => state.user)

  useEffect(() => {
    if (session !== 'asking') return
    void station.api.call('GET /session').then(
      ({ user, roles }) => {
        station.store.dispatch({ kind: 'signed-in', user, roles })
        setSession('in')
      },
      (error: unknown) => setSession(error instanceof ApiError && error.status === 401 ? 'out' : 'in'),
    )
  }, [session, station])
  const mayWatch = useMayWatch()
  const [hadUser, setHadUser] = useState(false)
  // The session is over: there was a user, and there is none any more. Whose it was says nothing of who may watch now.
  const isOver = hadUser && user === undefined
  useEffect(() => {
    if (session === 'in' && mayWatch && !isOver) station.start()
  }, [session, station, mayWatch, isOver])
  useEffect(() => {
    if (user !== undefined) setHadUser(true)
    else if (isOver) {
      setHadUser(false)
      setSession('out')
    }
  }, [user, isOver])

  if (session === 'asking') return <main class="empty" aria-busy="true" />
  if (session === 'out') return <SignIn onDone={() => setSession('asking')} />
  return mayWatch ? <Screen /> : <DeskScreen />
}

function Screen() {
  const route = useRoute()
  const roles = useWard((state) => state.roles)
  const phase = useWard((state) => state.connection.phase)
  const selected = useSelectedAlarms()
  const nextAlarm = useNextAlarm()
  const [finder, setFinder] = useState<string | undefined>(undefined)
  const [helps, setHelps] = useState(false)
  const close = () => setFinder(undefined)
  const isFinding = finder !== undefined
  const keys = useMemo(
    () => ({
      nextAlarm,
      find: setFinder,
      help: () => setHelps(true),
      back: () => {
        if (isFinding) setFinder(undefined)
        else location.hash = toWard
      },
    }),
    [nextAlarm, isFinding],
  )
  useKeys(keys)
  return (
    <div class={`screen ${phase === 'live' ? '' : 'not-current'}`} data-phase={phase}>
      <AlarmBar selected={selected} onFind={() => setFinder('')} onHelp={() => setHelps(true)} />
      <SoundBanner />
      <LostBanner />
      {route.view === 'ward' && <Ward />}
      {route.view === 'patient' && <Patient key={route.patient} id={route.patient} section={route.section} />}
      {route.view === 'reports' && <ReportsView roles={roles} />}
      {route.view === 'admin' && <AdminPage />}
      {finder !== undefined && <BedFinder typed={finder} onClose={close} />}
      {helps && <Help onClose={() => setHelps(false)} />}
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

/** What `a` acknowledges, anew whenever the focus moves: so that the bar can show it. */
function useSelectedAlarms(): readonly string[] {
  const alarms = useWard((state) => state.alarms)
  const [focused, setFocused] = useState<Element | null>(null)
  useEffect(() => {
    const listen = () => setFocused(document.activeElement)
    addEventListener('focusin', listen)
    addEventListener('focusout', listen)
    return () => {
      removeEventListener('focusin', listen)
      removeEventListener('focusout', listen)
    }
  }, [])
  return useMemo(() => selectedAlarms(alarms, focused).map(({ id }) => id), [alarms, focused])
}

/** `n`: the focus goes through the entries of the alarm bar that nobody has acknowledged, the most urgent first. */
function useNextAlarm(): () => void {
  return useCallback(() => {
    const entries = [...document.querySelectorAll<HTMLElement>('.bar-list [data-alarm].unacknowledged')]
    const at = entries.findIndex((entry) => entry === document.activeElement)
    entries[(at + 1) % entries.length]?.focus()
  }, [])
}
