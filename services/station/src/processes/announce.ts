import { setTimeout as sleep } from 'node:timers/promises'

const BUSY_MS = 10_000
const TRY_AGAIN_MS = 150

/** Tells the station that this process serves. Without a station (run by hand) nobody hears it. */
export function announceReady(fields: Record<string, unknown>): void {
  process.send?.({ type: 'ready', ...fields })
}

/**
 * Opens what the processes of a station that is just dying may still hold (a port, a file's lock): tries again for up to 10 s.
 * Anything else fails at once.
 */
export async function openWhenFree<T>(open: () => Promise<T>, isBusy: (error: unknown) => boolean): Promise<T> {
  const deadline = Date.now() + BUSY_MS
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      await sleep(TRY_AGAIN_MS)
    }
  }
}

/** The port is taken. */
export function isAddressInUse(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
}

/** Another process has the file locked. */
export function isLocked(error: unknown): boolean {
  const text =
    error instanceof Error ? `${error.message} ${error.cause instanceof Error ? error.cause.message : ''}` : ''
  return /\block(ed)?\b/i.test(text)
}
