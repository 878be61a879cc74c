import { encodeJson } from '@pulsewire/codec'
import { SYSTEM_PATIENT, createAlarmFence, deliveryEvent, type Channel, type Finding } from '@pulsewire/contracts'
import { DELIVERY_RULE, createDeliveryWatch, ended, isInUse } from '@pulsewire/delivery'
import { openSystemFindings, parseRecord, type EventLog } from '@pulsewire/event-log'

/** So far back deliveries are looked at, at the start. */
const BACK_MS = 24 * 3_600_000
const MOST_WORDS = 200

/**
 * Says what does not work of the deliveries as findings of the system, so that it rings on the screens. Every notifier watches; the one that has the
 * system's partition speaks.
 */
export interface SystemFindings {
  /** This process has the system's partition from now on: takes over what the one before it said. */
  taken(): Promise<void>
  released(): void
  /** Says what began and what is over; answers how many findings were written. */
  report(): Promise<number>
  /** What does not work now, for who asks whether this service does. */
  problem(): string | undefined
  stop(): Promise<void>
}

export async function startSystemFindings(deps: {
  readonly log: EventLog
  readonly channels: () => readonly Channel[]
  readonly now: () => number
  readonly onError: (error: Error) => void
}): Promise<SystemFindings> {
  const { log, channels, now, onError } = deps
  const watch = createDeliveryWatch()
  const fence = createAlarmFence()
  /** What was said to be open, by id; undefined where another process speaks. */
  let open: Map<string, Finding> | undefined
  const from = await Promise.all(
    (await log.ends('deliveries')).map(async ({ partition }) => ({
      topic: 'deliveries' as const,
      partition,
      offset: await log.offsetAt('deliveries', partition, now() - BACK_MS),
    })),
  )
  const tail = await log.tail({
    topics: ['deliveries'],
    from,
    handler: ({ records }) => {
      for (const record of records) {
        if (!fence.admits(record)) continue
        const event = parseRecord(record, (json) => deliveryEvent.parse(json), onError)
        if (event !== undefined) watch.heard(event)
      }
    },
    onError,
  })
  const wanted = (): Finding[] =>
    watch.findings(
      now(),
      new Map(
        channels()
          .filter(isInUse)
          .map((channel) => [channel.id, channel]),
      ),
    )

  return {
    taken: async () => {
      const left = await openSystemFindings(log, DELIVERY_RULE.name, onError)
      open = new Map(left.map((finding) => [finding.id, finding]))
    },
    released: () => {
      open = undefined
    },
    report: async () => {
      if (open === undefined) return 0
      const at = now()
      const current = new Map(wanted().map((finding) => [finding.id, finding]))
      const begun = [...current.values()].filter(({ id }) => open?.has(id) === false)
      const gone = [...open.values()].filter(({ id }) => !current.has(id)).map((finding) => ended(finding, at))
      const over = [...gone, ...watch.over().filter(({ id }) => !current.has(id) && open?.has(id) === false)]
      const findings = [...begun, ...over]
      if (findings.length === 0) return 0
      await log.append(
        'findings',
        findings.map((finding) => ({
          key: SYSTEM_PATIENT,
          headers: { kind: 'finding' },
          value: encodeJson(finding),
        })),
      )
      open = current
      return findings.length
    },
    problem: () => {
      const words = wanted().map(({ message }) => message)
      return words.length === 0 ? undefined : words.join('; ').slice(0, MOST_WORDS)
    },
    stop: () => tail.stop(),
  }
}
