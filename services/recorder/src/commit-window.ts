import { PulsewireError } from '@pulsewire/contracts'
import type { RecordUnit } from './unit.ts'

export interface CommitWindow {
  /** Hands units in; resolves when they are in the store. Units of one partition must be handed in one after the other. */
  submit(units: readonly RecordUnit[]): Promise<void>
  /** Units handed in and not yet in the store. */
  readonly waiting: number
  /** Refuses (PW_STORE_UNAVAILABLE) what is not being written yet, and waits for what is. */
  stop(): Promise<void>
}

interface Submitted {
  readonly units: readonly RecordUnit[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Groups what several partitions hand in within `windowMs` into one write, since a commit costs a flush to disk. While one write is
 * under way the next one gathers. What can gather is bounded by the partitions: each has one batch in hand.
 */
export function createCommitWindow(options: {
  readonly windowMs: number
  /** A write begins without waiting longer once so many units are there. */
  readonly fullAt: number
  readonly write: (units: readonly RecordUnit[]) => Promise<void>
}): CommitWindow {
  let gathering: Submitted[] = []
  let writing: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let waiting = 0

  const begin = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (writing !== undefined || gathering.length === 0) return
    const batch = gathering
    gathering = []
    const units = batch.flatMap((submitted) => submitted.units)
    writing = options
      .write(units)
      .then(
        () => batch.forEach((submitted) => submitted.resolve()),
        (error: unknown) => {
          const failure = error instanceof Error ? error : new Error(String(error))
          batch.forEach((submitted) => submitted.reject(failure))
        },
      )
      .finally(() => {
        waiting -= units.length
        writing = undefined
        schedule()
      })
  }
  const schedule = (): void => {
    const gathered = gathering.reduce((sum, { units }) => sum + units.length, 0)
    if (gathered >= options.fullAt) begin()
    else if (gathered > 0) timer ??= setTimeout(begin, options.windowMs)
  }

  return {
    get waiting() {
      return waiting
    },
    async submit(units) {
      if (stopped) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the recorder is stopping')
      await new Promise<void>((resolve, reject) => {
        waiting += units.length
        gathering.push({ units, resolve, reject })
        schedule()
      })
    },
    async stop() {
      stopped = true
      clearTimeout(timer)
      for (const { units, reject } of gathering.splice(0)) {
        waiting -= units.length
        reject(new PulsewireError('PW_STORE_UNAVAILABLE', 'the recorder is stopping'))
      }
      await writing
    },
  }
}
