import type { Alarm } from '@pulsewire/contracts'

/** The count of an alarm's rings after one more, at `at`. */
export function rungOnceMore(
  { rings, firstRangAt, late }: Pick<Alarm, 'rings' | 'firstRangAt' | 'late'>,
  at: number,
): Required<Pick<Alarm, 'rings' | 'firstRangAt'>> {
  // Alarms of an earlier version did not count: they rang once, if they were not late.
  return { rings: (rings ?? (late ? 0 : 1)) + 1, firstRangAt: firstRangAt ?? at }
}

/**
 * What came back, got worse, or is seen to stand now is active again, whatever was acknowledged or paused before. It rings, unless it is known from
 * late data alone.
 */
export function ringingAnew(alarm: Alarm, at: number): Alarm {
  const { acknowledgedBy: _by, acknowledgedAt: _at, audioPausedUntil: _until, remindedAt: _reminded, ...rest } = alarm
  const rung = alarm.late ? {} : rungOnceMore(alarm, at)
  return { ...rest, ...rung, state: 'active', ringingSince: at, escalation: 0 }
}
