/** How far the sweep stands behind the data's time, ms: hides the network's jitter and never grows. */
export const SWEEP_DELAY_MS = 1500
/** Blocks must come this much off the sweep, for this long, before the sweep is set anew. */
const RESYNC_AFTER_MS = 5000
const TOLERANCE_MS = 1200
/** Blocks no later than this arrive before the sweep comes to them: their source is on time. */
const ON_TIME_MS = 1000

/**
 * Where the sweep of one patient stands. It follows the data's own time with a constant delay. Where a source is off by a constant
 * (a clock that is wrong, a gateway that collects), the distance is measured once, kept, and shown; it is measured again only when
 * blocks have been off by more than the tolerance for several seconds, so a stalled link shows as a gap, never as a slower sweep.
 */
export interface DisplayClock {
  /** A live block ending at `endMs` (data's time) came at `receivedAtMs` (server's time). */
  block(endMs: number, receivedAtMs: number): void
  /** The data's time at the sweep's head. */
  head(serverNowMs: number): number
  /** The constant distance of data and server clock beyond the normal one, ms. */
  lagMs(): number
}

export function createDisplayClock(): DisplayClock {
  let lag: number | undefined
  let offSince: number | undefined
  const settle = (measured: number) => (Math.abs(measured) <= ON_TIME_MS ? 0 : measured)
  return {
    block(endMs, receivedAtMs) {
      const measured = receivedAtMs - endMs
      if (lag === undefined) {
        lag = settle(measured)
        return
      }
      if (Math.abs(measured - lag) <= TOLERANCE_MS) {
        offSince = undefined
        return
      }
      offSince ??= receivedAtMs
      if (receivedAtMs - offSince >= RESYNC_AFTER_MS) {
        lag = settle(measured)
        offSince = undefined
      }
    },
    head: (serverNowMs) => serverNowMs - SWEEP_DELAY_MS - (lag ?? 0),
    lagMs: () => lag ?? 0,
  }
}
