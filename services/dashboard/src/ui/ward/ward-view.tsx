import type { Alarm } from '@pulsewire/contracts'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { byUrgency } from '../../alarms/order.ts'
import { byBed, gridFor } from './grid.ts'
import { PHONE, toAdmin, useIsAdmin, useMedia, useNow, useStation, useWard } from '../hooks.ts'
import { pure } from '../pure.ts'
import { Tile } from './tile.tsx'

const PureTile = pure(Tile)
const NONE: readonly Alarm[] = []

/** The ward: one tile a patient, fitted to the window. */
export function WardView() {
  const { waves } = useStation()
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
  const alarms = useMemo(() => {
    const byPatient = new Map<string, Alarm[]>()
    for (const { alarm } of heardAlarms.values()) {
      byPatient.set(alarm.patient, [...(byPatient.get(alarm.patient) ?? []), alarm])
    }
    for (const list of byPatient.values()) list.sort(byUrgency)
    return byPatient
  }, [heardAlarms])

  const grid = gridFor(beds.length, size.width, size.height)
  return (
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
      {beds.map((patient) => (
        <PureTile
          key={patient.id}
          patient={patient}
          alarms={alarms.get(patient.id) ?? NONE}
          signals={waves.signals(patient.id)}
          now={now}
          waves={!phone}
        />
      ))}
      {beds.length === 0 && (
        <div class="empty">
          {loaded ? (
            <>
              <p>No patients yet.</p>
              {admin ? (
                <>
                  <p>
                    <a href={toAdmin()}>Register the first patient and device</a>
                  </p>
                  <ol class="first-steps">
                    <li>Add a patient.</li>
                    <li>Register a device: you get its user name and password, once.</li>
                    <li>Choose who wears it.</li>
                    <li>Let it send, or try the command that stands beside the password. The patient appears here.</li>
                  </ol>
                </>
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
  )
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
