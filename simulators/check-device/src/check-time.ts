import type { Verdicts } from './verdicts.ts'

/** Times of one message. */
export interface MessageTimes {
  readonly receivedAt: number
  readonly at: number
  readonly sent?: number
  /** Length of the block that begins at `at`; 0 for anything else. */
  readonly durationMs: number
  /** Sent again: its `sent` is that of the first time. */
  readonly dup?: boolean
}

const CLOCK_OFF_MS = 5_000
/** So many messages that all say the same are no accident of a broken link. */
const SURE_AFTER = 5
const YEAR_2000_MS = 946_684_800_000
/** A time below this is seconds since 1970 rather than milliseconds. */
const SECONDS_BELOW = 5_000_000_000
/** How long before its last sample a block may say that it was sent: rounding of the device's timers. */
const EARLY_MS = 50

/** The smallest `receivedAt − sent` so far: the clock's offset. */
export interface ClockCheck {
  check(times: MessageTimes): void
  readonly offsetMs: number | undefined
}

/** Looks at `at` and `sent` against the time of receipt. */
export function createClockCheck(verdicts: Verdicts): ClockCheck {
  let offsetMs: number | undefined
  let behind = 0

  const checkSent = ({ receivedAt, at, sent, durationMs, dup }: MessageTimes): void => {
    if (sent === undefined) {
      verdicts.advise('clock', 'there is no "sent": with it a clock that is off can be told from data that is late')
      return
    }
    const lag = receivedAt - sent
    offsetMs = offsetMs === undefined || Math.abs(lag) < Math.abs(offsetMs) ? lag : offsetMs
    if (sent + EARLY_MS < at + durationMs) {
      verdicts.wrong('clock', `sent is ${at + durationMs - sent} ms before the end of what the message covers`)
    } else if (lag < -CLOCK_OFF_MS) {
      verdicts.wrong('clock', `the clock is ${(-lag / 1000).toFixed(1)} s ahead (sent minus receipt)`)
    } else if (lag > CLOCK_OFF_MS && dup !== true) {
      behind += 1
      // one alone may have been on its way when the link broke, and come again with the time of its first try
      if (behind >= SURE_AFTER)
        verdicts.wrong('clock', `the clock is ${(lag / 1000).toFixed(1)} s behind (receipt minus sent)`)
    } else {
      behind = 0
      verdicts.right('clock')
    }
  }

  return {
    get offsetMs() {
      return offsetMs
    },
    check(times) {
      const { at, receivedAt } = times
      if (at > 1_000_000_000 && at < SECONDS_BELOW) {
        verdicts.wrong('time', `at = ${at} looks like seconds; it is milliseconds since 1970`)
      } else if (at < YEAR_2000_MS) verdicts.wrong('time', `at = ${at}: the clock was never set`)
      else if (at > receivedAt + CLOCK_OFF_MS) {
        verdicts.wrong('time', `at is ${((at - receivedAt) / 1000).toFixed(1)} s in the future`)
      } else verdicts.right('time')
      checkSent(times)
    },
  }
}
