import { PulsewireError } from '@pulsewire/contracts'
import type { TimeRange, VitalsQuery } from '../../port.ts'
import { calendarWindows } from '../../shared/calendar-windows.ts'
import { msLiteral } from '../sql.ts'

/** The SQL of a window's start for the column `time`, and the join that it needs. */
export function windowSql(
  query: Pick<VitalsQuery, 'every' | 'from' | 'to'>,
  data: TimeRange,
): { start: string; join: string } {
  const { every } = query
  if (every === undefined) return { start: msLiteral(query.from), join: '' }
  if ('ms' in every) {
    const { ms } = every
    if (!Number.isSafeInteger(ms) || ms < 1)
      throw new PulsewireError('PW_REQUEST_INVALID', 'every is not a positive integer')
    return { start: `(time - ((time % ${ms}) + ${ms}) % ${ms})`, join: '' }
  }
  const starts = calendarWindows(data, every.days, every.timeZone)
  return {
    start: 'windows.begins',
    join: `ASOF JOIN (SELECT unnest([${starts.join(', ')}]::BIGINT[]) AS begins) AS windows ON points.time >= windows.begins`,
  }
}
