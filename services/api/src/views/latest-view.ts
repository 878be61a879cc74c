import type { LatestValue } from '@pulsewire/vitals-store'

/** The newest value of each series of each patient; of two devices with one code, the newer. */
export interface LatestView {
  offer(value: LatestValue): void
  /** By code. */
  of(patient: string): ReadonlyMap<string, LatestValue>
}

export function createLatestView(): LatestView {
  const byPatient = new Map<string, Map<string, LatestValue>>()
  const none: ReadonlyMap<string, LatestValue> = new Map()
  return {
    offer: (value) => {
      let values = byPatient.get(value.patient)
      if (values === undefined) byPatient.set(value.patient, (values = new Map()))
      const known = values.get(value.code)
      if (known === undefined || known.time <= value.time) values.set(value.code, value)
    },
    of: (patient) => byPatient.get(patient) ?? none,
  }
}
