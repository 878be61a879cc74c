import { SYSTEM_PATIENT, findingId, type Finding, type HeartbeatRecord } from '@pulsewire/contracts'

/**
 * A partition that no worker has said to watch for so long is not watched. Workers speak every 2 s; between two of them, while partitions change
 * hands, there may be some seconds.
 */
const SILENT_AFTER_MS = 8_000
export const DETECTOR_RULE = { name: 'detector-heartbeat', version: '1' }
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
  /** When each partition was last said to be watched. */
  const heardAt = new Map<number, number>()
  let countsFrom = startedAt
  let onset = openSince
  /** Whether all partitions have been watched once: until then the detectors are still starting, or old heartbeats are being read. */
  let wasCovered = false

  /** The partitions that are not watched, and since when not. */
  const unwatchedSince = (at: number): Map<number, number> => {
    // A clock that was set back: silence counts from now, not from when the old time is reached again.
    countsFrom = Math.min(countsFrom, at)
    const since = new Map<number, number>()
    for (let partition = 0; partition < partitions; partition++) {
      const heard = heardAt.get(partition)
      if (heard !== undefined) heardAt.set(partition, Math.min(heard, at))
      if (heard === undefined || at - heard > SILENT_AFTER_MS) since.set(partition, heard ?? countsFrom)
    }
    return since
  }
  const finding = (since: number, at: number, missing: ReadonlyMap<number, number>): Finding => ({
    id: findingId(SYSTEM_PATIENT, 'system', since, 'detector'),
    type: 'system',
    patient: SYSTEM_PATIENT,
    status: missing.size > 0 ? 'open' : 'ended',
    onset: since,
    ...(missing.size > 0 ? {} : { end: at }),
    seenUntil: at,
    late: false,
    confidence: 1,
    quality: 1,
    priority: 'high',
    message: 'The analysis of the signals has stopped: watch the patients directly, alarms may not come',
    // All that it came from, so that nothing else has to be kept: a partition is in it that had not been heard of for `silentAfterMs` at `seenUntil`.
    evidence: {
      partitionsUnwatched: missing.size,
      partitions,
      silentAfterMs: SILENT_AFTER_MS,
      partitionsLastHeard: Object.fromEntries([...missing].map(([partition, heard]) => [String(partition), heard])),
    },
    rule: DETECTOR_RULE,
  })

  return {
    heard: (heartbeat, at) => {
      for (const partition of heartbeat.partitions) {
        heardAt.set(partition, Math.max(at, heardAt.get(partition) ?? at))
      }
    },
    check: (at) => {
      const since = unwatchedSince(at)
      if (since.size === 0) {
        wasCovered = true
        if (onset === undefined) return undefined
        const over = finding(onset, at, since)
        onset = undefined
        return over
      }
      if (onset !== undefined || (!wasCovered && at - countsFrom < START_WITHIN_MS)) return undefined
      onset = Math.min(...since.values())
      return finding(onset, at, since)
    },
  }
}
