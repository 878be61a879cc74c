import type { Alarm } from '@pulsewire/contracts'
import { useMemo } from 'preact/hooks'
import { alarmsOf } from '../../../alarms/order.ts'
import { range } from '../../../api/client.ts'
import { useStation, useWard } from '../../hooks.ts'
import { usePast } from '../use-past.ts'

/** A range is asked for in whole steps, so that one that follows the clock is not asked for again each second. */
const ALARM_STEP_MS = 10 * 60_000

/** The alarms of a range, and those that stand as they are now. */
export function useAlarms(patient: string, from: number, to: number): readonly Alarm[] {
  const station = useStation()
  const heard = useWard((state) => state.alarms)
  const first = Math.floor(from / ALARM_STEP_MS) * ALARM_STEP_MS
  const last = Math.ceil(to / ALARM_STEP_MS) * ALARM_STEP_MS
  const past = usePast(`${patient} ${first} ${last}`, async () => {
    const { alarms } = await station.api.call('GET /alarms', { query: { patient, ...range(first, last) } })
    return alarms
  })
  return useMemo(() => {
    const standing = alarmsOf(
      [...heard.values()].map(({ alarm }) => alarm),
      patient,
    )
    const known = new Map((past.value ?? []).map((alarm) => [alarm.id, alarm]))
    for (const alarm of standing) known.set(alarm.id, alarm)
    return [...known.values()].filter((alarm) => alarm.onset < last)
  }, [past.value, heard, patient, last])
}
