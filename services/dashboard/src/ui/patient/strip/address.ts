import { useEffect, useState } from 'preact/hooks'
import { toPatient } from '../../hooks.ts'

/** A moment of a patient's record, and the alarm that it is looked at for. */
export interface StripPlace {
  readonly atMs: number
  readonly alarm?: string
}

/** The address of a strip: whoever is signed in sees the same under it. */
export function toStrip(patient: string, place: StripPlace): string {
  return `${toPatient(patient, 'strip')}?${queryOf(place)}`
}
export function toDisclosure(patient: string, place: StripPlace): string {
  return `${toPatient(patient, 'disclosure')}?${queryOf(place)}`
}

function queryOf({ atMs, alarm }: StripPlace): string {
  const at = new Date(Math.round(atMs)).toISOString()
  return new URLSearchParams({ at, ...(alarm === undefined ? {} : { alarm }) }).toString()
}

/** The place that an address's fragment names after its `?`; `undefined` where it names no time. */
export function placeOf(hash: string): StripPlace | undefined {
  const query = new URLSearchParams(hash.split('?')[1] ?? '')
  const atMs = Date.parse(query.get('at') ?? '')
  if (Number.isNaN(atMs)) return undefined
  const alarm = query.get('alarm')
  return alarm === null ? { atMs } : { atMs, alarm }
}

export function usePlace(): StripPlace | undefined {
  const [hash, setHash] = useState(location.hash)
  useEffect(() => {
    const listen = () => setHash(location.hash)
    addEventListener('hashchange', listen)
    return () => removeEventListener('hashchange', listen)
  }, [])
  return placeOf(hash)
}

/** Goes to an address without a step of the browser's history: turning pages is no journey. */
export function turnTo(address: string): void {
  location.replace(address)
}
