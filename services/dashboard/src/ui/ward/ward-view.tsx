import type { Alarm, AlarmPriority } from '@pulsewire/contracts'
import { needsAcknowledgement } from '@pulsewire/contracts/sounding'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { byUrgency, highestPriority } from '../../alarms/order.ts'
import type { PatientState } from '../../live/state.ts'
import { byBed, gridFor, neighbour } from './grid.ts'
import { PHONE, toAdmin, useIsAdmin, useMedia, useNow, useStation, useWard } from '../hooks.ts'
import { pure } from '../pure.ts'
import { Tile } from './tile.tsx'
import { UnitFilter } from './unit-filter.tsx'
import { pageOf, unitOf, unitsOf, wardAddress } from './unit.ts'
import { useWardPart } from './use-ward-part.ts'

const PureTile = pure(Tile)
const NONE: readonly Alarm[] = []

/** The ward: one tile a patient, fitted to the window. */
export function WardView() {
  const { waves, sheet } = useStation()
  const patients = useWard((state) => state.patients)
  const heardAlarms = useWard((state) => state.alarms)
  const loaded = useWard((state) => state.loaded)
  const admin = useIsAdmin()
  const phone = useMedia(PHONE)
  const now = useNow()
  const box = useRef<HTMLElement>(null)
  const size = useSize(box)
  const [, signalsChanged] = useState(0)
  useEffect(() => waves.onSignals(() => signalsChanged((count) => count + 1)), [waves])

  const beds = useMemo(
    () => [...patients.values()].filter((patient) => patient.monitoring.state !== 'discharged').sort(byBed),
    [patients],
  )
  const asked = useWardPart()
  const units = useMemo(() => unitsOf(beds), [beds])
  const ofUnit = asked.unit === undefined ? beds : beds.filter(({ place }) => unitOf(place) === asked.unit)
  const { shown, page, pages } = pageOf(ofUnit, asked.page)
  const alarms = useMemo(() => {
    const byPatient = new Map<string, Alarm[]>()
    for (const { alarm } of heardAlarms.values()) {
      byPatient.set(alarm.patient, [...(byPatient.get(alarm.patient) ?? []), alarm])
    }
    for (const list of byPatient.values()) list.sort(byUrgency)
    return byPatient
  }, [heardAlarms])

  const urgent = useMemo(
    () => urgentByUnit(units, beds, (patient) => alarms.get(patient) ?? NONE),
    [units, beds, alarms],
  )

  const overlay = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => (overlay.current ? sheet.attach(overlay.current) : undefined), [sheet, phone])
  // Tiles that move keep their size: nothing else tells the sheet.
  const order = shown.map(({ id }) => id).join(' ')
  useLayoutEffect(() => sheet.moved(), [sheet, order])

  const grid = gridFor(shown.length, size.width, size.height)
  useArrows(box, phone ? 1 : grid.columns)
  return (
    <>
      <UnitFilter units={units} part={{ unit: asked.unit, page }} pages={pages} urgent={urgent} />
      <main
        ref={box}
        class={`ward ${phone ? 'phone' : ''}`}
        aria-label="Ward"
        style={
          phone
            ? {}
            : { gridTemplateColumns: `repeat(${grid.columns}, 1fr)`, gridTemplateRows: `repeat(${grid.rows}, 1fr)` }
        }
      >
        <h1 class="visually-hidden">Ward</h1>
        {shown.map((patient) => (
          <PureTile
            key={patient.id}
            patient={patient}
            alarms={alarms.get(patient.id) ?? NONE}
            signals={waves.signals(patient.id)}
            now={now}
            lagMs={waves.clock(patient.id).lagMs()}
            waves={!phone}
          />
        ))}
        {!phone && <div ref={overlay} class="wave-overlay" />}
        {beds.length > 0 && shown.length === 0 && (
          <div class="empty">
            <p>
              Nobody is in {asked.unit}. <a href={wardAddress({ unit: undefined, page: 1 })}>Show all units</a>
            </p>
          </div>
        )}
        {beds.length === 0 && (
          <div class="empty">
            {loaded ? (
              <>
                <p>No patients yet.</p>
                {admin ? (
                  <p>
                    <a href={toAdmin('start')}>First steps: from nothing to a live device</a>
                  </p>
                ) : (
                  <p>Ask an administrator to register patients and devices.</p>
                )}
              </>
            ) : (
              <p>Loading the ward…</p>
            )}
          </div>
        )}
      </main>
    </>
  )
}

/** The arrows lead from tile to tile. */
function useArrows(box: { current: HTMLElement | null }, columns: number): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target } = event
      const isElsewhere = target instanceof HTMLElement && target.closest('input, select, textarea, dialog, .bar')
      if (isElsewhere || event.ctrlKey || event.metaKey || event.altKey) return
      const links = [...(box.current?.querySelectorAll<HTMLElement>('.tile-link') ?? [])]
      const at = links.findIndex((link) => link.closest('.tile')?.contains(document.activeElement))
      const to = neighbour(event.key, at, columns, links.length)
      if (to === undefined) return
      event.preventDefault()
      links[to]?.focus()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [box, columns])
}

/** Of each unit the most urgent alarm that nobody has acknowledged: also of those that this screen does not show. */
function urgentByUnit(
  units: readonly string[],
  beds: readonly PatientState[],
  alarmsOf: (patient: string) => readonly Alarm[],
): ReadonlyMap<string, AlarmPriority> {
  const urgent = new Map<string, AlarmPriority>()
  for (const unit of units) {
    const alarms = beds.filter(({ place }) => unitOf(place) === unit).flatMap(({ id }) => alarmsOf(id))
    const highest = highestPriority(alarms.filter(needsAcknowledgement))
    if (highest) urgent.set(unit, highest)
  }
  return urgent
}

function useSize(box: { current: HTMLElement | null }): { width: number; height: number } {
  const [size, setSize] = useState({ width: innerWidth, height: innerHeight })
  useEffect(() => {
    if (!box.current) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height })
    })
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [box])
  return size
}
