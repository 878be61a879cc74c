import type { Alarm } from '@pulsewire/contracts'
import type { TimeRange } from '@pulsewire/vitals-store'
import type { ApiContext } from '../context.ts'

const PAGE = 5_000

/** Which alarms; a part that is absent does not narrow. */
export interface AlarmFilter {
  readonly patients?: ReadonlySet<string> | undefined
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly side?: string | undefined
  readonly priority?: string | undefined
}

/** The alarms that overlap a range, each once and as it stands now, page by page. */
export async function* pastAlarms(
  { store, views }: Pick<ApiContext, 'store' | 'views'>,
  { from, to }: TimeRange,
  filter: AlarmFilter,
): AsyncGenerator<Alarm> {
  const known = new Map<string, Alarm>()
  for (const alarm of [...views.alarms.recentlyEnded(), ...views.alarms.current()]) known.set(alarm.id, alarm)
  for (const alarm of known.values()) {
    if (alarm.onset < to && (alarm.endedAt ?? Infinity) >= from && passes(alarm, filter)) yield alarm
  }
  const [patient] = filter.patients ?? []
  const asked = {
    to,
    limit: PAGE,
    ...(filter.type === undefined ? {} : { types: [filter.type] }),
    ...(patient === undefined || filter.patients?.size !== 1 ? {} : { patient }),
  }
  let pageFrom: number | undefined = from
  while (pageFrom !== undefined) {
    const page: { alarms: readonly Alarm[]; next?: number } = await store.alarms({ ...asked, from: pageFrom })
    for (const alarm of page.alarms) {
      // What began before a later page comes with that page again.
      const isAgain = pageFrom > from && alarm.onset < pageFrom
      if (!isAgain && !known.has(alarm.id) && passes(alarm, filter)) yield alarm
    }
    pageFrom = page.next
  }
}

function passes(alarm: Alarm, { patients, type, code, side, priority }: AlarmFilter): boolean {
  return (
    (patients === undefined || patients.has(alarm.patient)) &&
    (type === undefined || alarm.type === type) &&
    (code === undefined || alarm.code === code) &&
    (side === undefined || alarm.side === side) &&
    (priority === undefined || alarm.priority === priority)
  )
}
