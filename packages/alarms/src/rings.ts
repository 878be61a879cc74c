import type { Alarm } from '@pulsewire/contracts'

/** The count of an alarm's rings after one more, at `at`. */
export function rungOnceMore(
  { rings, firstRangAt, late }: Pick<Alarm, 'rings' | 'firstRangAt' | 'late'>,
  at: number,
): Required<Pick<Alarm, 'rings' | 'firstRangAt'>> {
  // Alarms of an earlier version did not count: they rang once, if they were not late.
  return { rings: (rings ?? (late ? 0 : 1)) + 1, firstRangAt: firstRangAt ?? at }
}
