import type { Finding } from '@pulsewire/contracts'
import { useEffect, useMemo, useState } from 'preact/hooks'
import { type Api, range } from '../../../api/client.ts'
import type { Alarm, StaffCommand } from '../../../api/operations.ts'
import { alarmsOf } from '../../../alarms/order.ts'
import { type Annotation, withHeard } from '../../../annotations/notes.ts'
import type { Happenings } from '../../../timeline/entries.ts'
import { useStation, useWard } from '../../hooks.ts'
import { usePast } from '../use-past.ts'

const NONE: Happenings = { alarms: [], findings: [], devices: [], actions: [], notes: [] }
const NO_FINDINGS: readonly Finding[] = []

/** All that happened to a patient in `[from, to)`; throws `ApiError`. What comes in pages is asked for to its end. */
export async function loadHappenings(api: Api, patient: string, from: number, to: number): Promise<Happenings> {
  const path = { id: patient }
  const [alarms, findings, events, { annotations }] = await Promise.all([
    allPages(from, async (start) => {
      const { alarms, next } = await api.call('GET /alarms', { query: { patient, ...range(start, to) } })
      return { items: alarms, next }
    }),
    allPages(from, async (start) => {
      const { findings = [], next } = await api.call('GET /patients/{id}/findings', { path, query: range(start, to) })
      return { items: findings, next }
    }),
    allPages(from, async (start) => {
      const { devices, actions, next } = await api.call('GET /patients/{id}/events', { path, query: range(start, to) })
      return { items: [{ devices, actions }], next }
    }),
    api.call('GET /patients/{id}/annotations', { path, query: range(from, to) }),
  ])
  return {
    alarms: byId(alarms.filter((alarm) => alarm.patient === patient)),
    findings: byId(findings),
    devices: events.flatMap(({ devices }) => devices),
    actions: byId(events.flatMap(({ actions }) => actions)),
    notes: annotations,
  }
}

/** Follows `next` to the end. */
async function allPages<T>(
  from: number,
  ask: (from: number) => Promise<{ items: readonly T[]; next?: number | undefined }>,
): Promise<T[]> {
  const all: T[] = []
  for (let start: number | undefined = from; start !== undefined;) {
    const { items, next }: { items: readonly T[]; next?: number | undefined } = await ask(start)
    all.push(...items)
    start = next !== undefined && next > start ? next : undefined
  }
  return all
}

function byId<T extends { readonly id: string }>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}

/** What happened in a range, and what comes live where it reaches up to now. */
export function useHappenings(patient: string, from: number, to: number, isLive: boolean) {
  const station = useStation()
  const past = usePast(`${patient} ${from} ${to}`, () => loadHappenings(station.api, patient, from, to))
  const standing = useWard((state) => state.alarms)
  const found = useWard((state) => state.findings.get(patient) ?? NO_FINDINGS)
  const [heard, setHeard] = useState<{ actions: readonly StaffCommand[]; ended: readonly Alarm[] }>({
    actions: [],
    ended: [],
  })
  useEffect(() => {
    setHeard({ actions: [], ended: [] })
    return station.onLive((message) => {
      if (message.type === 'action' && message.action.patient === patient) {
        const { action } = message
        setHeard((known) => ({ ...known, actions: [...known.actions, action] }))
      }
      if (message.type === 'alarm' && message.alarm.patient === patient && message.alarm.state === 'ended') {
        const { alarm } = message
        setHeard((known) => ({ ...known, ended: [...known.ended, alarm] }))
      }
    })
  }, [station, patient])
  const happenings = useMemo(() => {
    const known = past.value ?? NONE
    const isShown = (time: number) => time >= from && (isLive || time < to)
    const current = alarmsOf(
      [...standing.values()].map(({ alarm }) => alarm),
      patient,
    )
    const live = [...heard.ended, ...current].filter(({ onset }) => isShown(onset))
    return {
      ...known,
      alarms: byId([...known.alarms, ...live]),
      findings: byId([...known.findings, ...found.filter(({ onset }) => isShown(onset))]),
      actions: byId([...known.actions, ...heard.actions.filter(({ at }) => isShown(at))]),
      notes: heard.actions
        .reduce<readonly Annotation[]>(withHeard, known.notes)
        .filter(({ at, until = at }) => until >= from && (isLive || at < to)),
    }
  }, [past.value, standing, found, heard, from, to, isLive, patient])
  return { happenings, problem: past.problem, isLoading: past.isLoading, again: past.again }
}
