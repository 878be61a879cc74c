import { PulsewireError } from '@pulsewire/contracts'
import type { RecordUnit } from './unit.ts'

export interface CommitWindow {
  /**
   * Hands units in; resolves when they are in the store, and rejects with what the write failed with. Units of one partition must be handed
   * in one after the other. `check` is asked right before the write: where it rejects, these units are not written.
   */
  submit(units: readonly RecordUnit[], check?: () => Promise<void>): Promise<void>
  /** Units handed in and not yet in the store. */
  readonly waiting: number
  /** Refuses (PW_STORE_UNAVAILABLE) what is not being written yet, and waits for what is. */
  stop(): Promise<void>
}

interface Submitted {
  readonly units: readonly RecordUnit[]
  readonly check: (() => Promise<void>) | undefined
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
  /** Where the checks took longer than this, ms, all are asked again: what the first said may be over by then. Default 1,000. */
  readonly checkWithinMs?: number
  readonly write: (units: readonly RecordUnit[]) => Promise<void>
}): CommitWindow {
  const { checkWithinMs = 1_000 } = options
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
    writing = writeChecked(batch).finally(() => {
      waiting -= countOf(batch)
      writing = undefined
      schedule()
    })
  }
  /** Those whose check passes; the others are told. */
  const checked = async (batch: readonly Submitted[]): Promise<Submitted[]> => {
    const passed = await Promise.all(
      batch.map(async (submitted) => {
        try {
          await submitted.check?.()
          return [submitted]
        } catch (error) {
          submitted.reject(errorOf(error))
          return []
        }
      }),
    )
    return passed.flat()
  }
  const writeChecked = async (batch: readonly Submitted[]): Promise<void> => {
    let passed = [...batch]
    let began: number
    do {
      began = performance.now()
      passed = await checked(passed)
    } while (performance.now() - began > checkWithinMs)
    try {
      if (passed.length > 0) await options.write(passed.flatMap(({ units }) => units))
      for (const { resolve } of passed) resolve()
    } catch (error) {
      for (const { reject } of passed) reject(errorOf(error))
    }
  }
  const schedule = (): void => {
    const gathered = countOf(gathering)
    if (gathered >= options.fullAt) begin()
    else if (gathered > 0) timer ??= setTimeout(begin, options.windowMs)
  }

  return {
    get waiting() {
      return waiting
    },
    async submit(units, check) {
      if (stopped) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the recorder is stopping')
      await new Promise<void>((resolve, reject) => {
        waiting += units.length
        gathering.push({ units, check, resolve, reject })
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

function countOf(batch: readonly Submitted[]): number {
  return batch.reduce((sum, { units }) => sum + units.length, 0)
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
