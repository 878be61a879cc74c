import type { HeartbeatRecord } from '@pulsewire/contracts'

/** A partition that no worker has said to watch for so long is not watched, ms: while partitions change hands, there may be some seconds. */
const SILENT_AFTER_MS = 10_000
/** A worker that has been silent for so long is forgotten, ms: another one has its work, or `missing` says that nobody has. */
const FORGOTTEN_AFTER_MS = 60_000

export interface SystemStatus {
  readonly detectors: readonly { readonly worker: string; readonly at: number }[]
  readonly ok: boolean
  /** What is wrong, for who watches patients. */
  readonly message?: string
  /** The same for who mends it. */
  readonly detail?: string
}

/** Something wrong with log, registry or store. */
export type SystemProblem = Required<Pick<SystemStatus, 'message' | 'detail'>>

/** Whether the pipeline behind the screen works: heartbeats of the detectors, and what the probe of log and store said. */
export interface SystemView {
  /** `appendedAt`: the log's clock, so that a worker's own clock cannot make it look alive. */
  heartbeat(record: HeartbeatRecord, appendedAt: number): void
  /** What is wrong with log, registry or store; `undefined` = nothing. */
  probed(problem: SystemProblem | undefined): void
  status(now: number): SystemStatus
}

export function createSystemView(partitionCount: number): SystemView {
  const workers = new Map<string, number>()
  /** When each partition was last said to be watched. */
  const watchedAt = new Map<number, number>()
  let problem: SystemProblem | undefined
  return {
    heartbeat: ({ worker, partitions }, appendedAt) => {
      workers.set(worker, appendedAt)
      for (const partition of partitions) watchedAt.set(partition, Math.max(appendedAt, watchedAt.get(partition) ?? 0))
    },
    probed: (found) => {
      problem = found
    },
    status: (now) => {
      for (const [worker, at] of workers) if (now - at > FORGOTTEN_AFTER_MS) workers.delete(worker)
      const covered = [...watchedAt.values()].filter((at) => now - at <= SILENT_AFTER_MS).length
      const found = problem ?? analysisProblem(covered, partitionCount)
      return {
        detectors: [...workers].map(([worker, at]) => ({ worker, at })),
        ok: found === undefined,
        ...found,
      }
    },
  }
}

function analysisProblem(covered: number, partitionCount: number): SystemProblem | undefined {
  if (covered >= partitionCount) return undefined
  const message =
    covered === 0
      ? 'No analysis is running: alarms from signals are off'
      : `Analysis has stopped for ${partitionCount - covered} of ${partitionCount} parts of the ward`
  return { message, detail: message }
}
