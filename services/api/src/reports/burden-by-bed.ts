import type { Alarm } from '@pulsewire/contracts'
import { ringingOf } from '@pulsewire/early-warning'
import type { TimeRange } from '@pulsewire/vitals-store'

/** The alarms of one bed (of its patient). */
export interface BedBurden {
  readonly patient: string
  readonly bedDays: number
  readonly alarms: number
  readonly rings: number
  readonly alarmsPerBedDay: number
  /** Far more alarms a day than the other beds: beyond the upper quartile by more than one and a half times the distance of the quartiles (Tukey). */
  readonly outlier: boolean
}

/** With fewer beds, or fewer alarms of one, nothing stands out. */
const LEAST_BEDS = 4
const LEAST_ALARMS = 10

/** Counts the alarms of each bed that began to ring in a range. */
export function createBedMeter({ from, to }: TimeRange): {
  take(alarm: Alarm): void
  report(bedDays: ReadonlyMap<string, number>): BedBurden[]
} {
  const counts = new Map<string, { alarms: number; rings: number }>()
  return {
    take: (alarm) => {
      const ringing = ringingOf(alarm)
      if (ringing === undefined || ringing.firstMs < from || ringing.firstMs >= to) return
      const known = counts.get(alarm.patient) ?? { alarms: 0, rings: 0 }
      counts.set(alarm.patient, { alarms: known.alarms + 1, rings: known.rings + ringing.rings })
    },
    report: (bedDays) => {
      const beds = [...bedDays].map(([patient, days]) => {
        const { alarms, rings } = counts.get(patient) ?? { alarms: 0, rings: 0 }
        return { patient, bedDays: days, alarms, rings, alarmsPerBedDay: days > 0 ? alarms / days : 0 }
      })
      const monitored = beds.filter((bed) => bed.bedDays > 0).map((bed) => bed.alarmsPerBedDay)
      const bound = monitored.length < LEAST_BEDS ? Infinity : upperFence(monitored.toSorted((a, b) => a - b))
      return beds
        .map((bed) => ({ ...bed, outlier: bed.alarms >= LEAST_ALARMS && bed.alarmsPerBedDay > bound }))
        .toSorted((a, b) => b.alarmsPerBedDay - a.alarmsPerBedDay || b.alarms - a.alarms)
    },
  }
}

function upperFence(sorted: readonly number[]): number {
  const at = (share: number): number => {
    const place = share * (sorted.length - 1)
    const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
    return low + (high - low) * (place - Math.floor(place))
  }
  return at(0.75) + 1.5 * (at(0.75) - at(0.25))
}
