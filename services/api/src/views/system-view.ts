import { PROOF_WORDS, type Alarm, type HeartbeatRecord, type ProofRecord } from '@pulsewire/contracts'

/** A partition that no worker has said to watch for so long is not watched, ms: while partitions change hands, there may be some seconds. */
const SILENT_AFTER_MS = 10_000
/** A worker that has been silent for so long is forgotten, ms: another one has its work, or `missing` says that nobody has. */
const FORGOTTEN_AFTER_MS = 60_000

/** Of the time between two reports of the prover. */
const PROVER_SILENT_TIMES = 4

export interface SystemStatus {
  readonly detectors: readonly { readonly worker: string; readonly at: number }[]
  readonly ok: boolean
  /** How often the way from device to screen is proven, ms; absent where it is not. */
  readonly proofEveryMs?: number
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
  /** What the prover saw, appended at (the log's clock). */
  proof(record: ProofRecord, appendedAt: number): void
  /** The alarm of a proof that came this far. */
  proven(alarm: Alarm): void
  /** When the newest proof was sent that came this far, ms. */
  provenAt(): number | undefined
  /** What is wrong with log, registry or store; `undefined` = nothing. */
  probed(problem: SystemProblem | undefined): void
  status(now: number): SystemStatus
}

export function createSystemView(partitionCount: number): SystemView {
  const workers = new Map<string, number>()
  /** When each partition was last said to be watched. */
  const watchedAt = new Map<number, number>()
  let problem: SystemProblem | undefined
  let proof: { readonly record: ProofRecord; readonly appendedAt: number } | undefined
  let provenAt: number | undefined
  return {
    proof: (record, appendedAt) => {
      proof = { record, appendedAt }
    },
    proven: ({ evidence }) => {
      const sentAt = evidence['sentAt']
      if (typeof sentAt === 'number') provenAt = sentAt
    },
    provenAt: () => provenAt,
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
      const found = problem ?? analysisProblem(covered, partitionCount) ?? proofProblem(proof, now)
      const everyMs = proof?.record.everyMs ?? 0
      return {
        detectors: [...workers].map(([worker, at]) => ({ worker, at })),
        ok: found === undefined,
        ...(everyMs === 0 ? {} : { proofEveryMs: everyMs }),
        ...found,
      }
    },
  }
}

/** A prover that fell silent says nothing about now: the screens' own clocks tell that proofs ended. */
function proofProblem(
  proof: { readonly record: ProofRecord; readonly appendedAt: number } | undefined,
  now: number,
): SystemProblem | undefined {
  if (proof === undefined) return undefined
  const { broken, everyMs } = proof.record
  if (broken === undefined || now - proof.appendedAt > PROVER_SILENT_TIMES * everyMs) return undefined
  const since = new Date(broken.since).toISOString()
  return { message: PROOF_WORDS[broken.stage], detail: `no proof has passed ${broken.stage} since ${since}` }
}

function analysisProblem(covered: number, partitionCount: number): SystemProblem | undefined {
  if (covered >= partitionCount) return undefined
  const message =
    covered === 0
      ? 'No analysis is running: alarms from signals are off'
      : `Analysis has stopped for ${partitionCount - covered} of ${partitionCount} parts of the ward`
  return { message, detail: message }
}
