import { createContext } from 'preact'
import { useContext, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { WardState } from '../live/state.ts'
import type { Station } from '../station.ts'

export const StationContext = createContext<Station | undefined>(undefined)

export function useStation(): Station {
  const station = useContext(StationContext)
  if (!station) throw new Error('The station is not there')
  return station
}

/** A part of the ward's state; draws again only when that part has changed (by identity). */
export function useWard<T>(select: (state: WardState) => T): T {
  const { store } = useStation()
  const [, redraw] = useState(0)
  const chosen = select(store.state())
  const latest = useRef({ select, chosen })
  latest.current = { select, chosen }
  useLayoutEffect(
    () =>
      store.subscribe(() => {
        const { select, chosen } = latest.current
        if (!Object.is(select(store.state()), chosen)) redraw((count) => count + 1)
      }),
    [store],
  )
  return chosen
}

/** The server's time, anew every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const station = useStation()
  const [now, setNow] = useState(() => station.serverNow())
  useEffect(() => {
    const timer = setInterval(() => setNow(station.serverNow()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, station])
  return now
}

/** Where a screen stands; `section` is one of the page's own, its first where it is missing. */
export type Route =
  | { view: 'ward' }
  | { view: 'patient'; patient: string; section?: string }
  | { view: 'admin' | 'reports'; section?: string; item?: string }

/** Where the address's fragment leads: `#/patient/ID/SECTION`, `#/admin/SECTION/ITEM`, `#/reports/SECTION`, else the ward. */
export function routeOf(hash: string): Route {
  const [, view, ...rest] = hash.replace(/^#/, '').replace(/\?.*$/, '').split('/').map(decoded)
  const section = (name: string | undefined) => (name ? { section: name } : {})
  if (view === 'patient' && rest[0]) return { view, patient: rest[0], ...section(rest[1]) }
  return view === 'admin' || view === 'reports'
    ? { view, ...section(rest[0]), ...(rest[1] ? { item: rest[1] } : {}) }
    : { view: 'ward' }
}

/** A part of an address; nothing where no browser could have written it. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}

const address = (...parts: readonly (string | undefined)[]) =>
  `#/${parts
    .filter((part) => part !== undefined)
    .map((part) => encodeURIComponent(part))
    .join('/')}`
export const toWard = address()
export const toAdmin = (section?: string, item?: string) => address('admin', section, item)
export const toReports = (section?: string) => address('reports', section)
export const toPatient = (patient: string, section?: string) => address('patient', patient, section)

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const listen = () => setHash(location.hash)
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return routeOf(hash)
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const listen = () => setMatches(list.matches)
    list.addEventListener('change', listen)
    return () => list.removeEventListener('change', listen)
  }, [query])
  return matches
}

export const PHONE = '(max-width: 640px)'

/** Whether the one who is signed in may treat: acknowledge, set limits, enter observations. */
export function useMayTreat(): boolean {
  return useWard((state) => state.roles.some((role) => role === 'admin' || role === 'clinician'))
}
/** Whether the one who is signed in may see the live ward; an analyst may not. Until it is known: yes. */
export function useMayWatch(): boolean {
  return useWard(({ roles }) => roles.length === 0 || roles.some((role) => role !== 'analyst'))
}
export function useIsAdmin(): boolean {
  return useWard((state) => state.roles.includes('admin'))
}
