import { SYSTEM_PATIENT, findingId, type Finding, type HeartbeatRecord } from '@pulsewire/contracts'

/** A worker that has said nothing for so long counts as gone: it speaks every few seconds. */
const SILENT_AFTER_MS = 8_000
/** How long the detectors have after this manager's own start. */
const START_WITHIN_MS = 10_000

/** Watches the detectors' heartbeats: a partition that nobody watches is a patient whose alarms would not come. */
export interface DetectorWatch {
  heard(heartbeat: HeartbeatRecord, at: number): void
  /** The finding to report at `at`: opened, ended, or nothing new. */
  check(at: number): Finding | undefined
}

/**
 * @param partitions how many there are to be watched
 * @param startedAt from when silence counts
 * @param openSince the onset of the condition where it was open already before a restart
 */
export function createDetectorWatch(partitions: number, startedAt: number, openSince?: number): DetectorWatch {
  const workers = new Map<string, { at: number; partitions: readonly number[] }>()
  let onset = openSince
  let coveredAt = startedAt
  /** Whether all partitions have been watched once: until then the detectors are still starting. */
  let wasCovered = false

  const unwatched = (at: number): number[] => {
    const watched = new Set<number>()
    // A clock that was set back: silence counts from now, not from when the old time is reached again.
    coveredAt = Math.min(coveredAt, at)
    for (const [name, worker] of workers) {
      worker.at = Math.min(worker.at, at)
      if (at - worker.at > SILENT_AFTER_MS) workers.delete(name)
      else for (const partition of worker.partitions) watched.add(partition)
    }
    return Array.from({ length: partitions }, (_, partition) => partition).filter((each) => !watched.has(each))
  }
  const finding = (since: number, at: number, missing: readonly number[]): Finding => ({
    id: findingId(SYSTEM_PATIENT, 'system', since, 'detector'),
    type: 'system',
    patient: SYSTEM_PATIENT,
    status: missing.length > 0 ? 'open' : 'ended',
    onset: since,
    ...(missing.length > 0 ? {} : { end: at }),
    seenUntil: at,
    late: false,
    confidence: 1,
    quality: 1,
    priority: 'high',
    message: 'The analysis of the signals has stopped: watch the patients directly, alarms may not come',
    evidence: { partitionsUnwatched: missing.length, partitions },
    rule: { name: 'detector-heartbeat', version: '1' },
  })

  return {
    heard: (heartbeat, at) => {
      workers.set(heartbeat.worker, { at, partitions: heartbeat.partitions })
    },
    check: (at) => {
      const missing = unwatched(at)
      if (missing.length === 0) {
        coveredAt = at
        wasCovered = true
        if (onset === undefined) return undefined
        const over = finding(onset, at, [])
        onset = undefined
        return over
      }
      if (onset !== undefined || (!wasCovered && at - coveredAt < START_WITHIN_MS)) return undefined
      onset = coveredAt
      return finding(onset, at, missing)
    },
  }
}
