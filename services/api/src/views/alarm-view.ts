import {
  PROOF_PATIENT,
  alarmEvent,
  createAlarmFence,
  type Alarm,
  type AlarmEvent,
  type Monitoring,
} from '@pulsewire/contracts'
import type { StoredRecord } from '@pulsewire/event-log'
import { decodeJson } from '@pulsewire/codec'
import type { PatientAlarms } from '@pulsewire/alarms'

/** How many ended alarms are remembered, until the store has them for sure. */
const ENDED_KEPT = 2_000

/** The alarms as the topic `alarms` tells them. It does not read by itself: the live hub feeds it. */
export interface AlarmView {
  /** Begins with a patient's alarms as a snapshot has them: of the events before it, only those that ended are remembered. */
  seed(state: PatientAlarms): void
  /** Takes a record; answers the event where it follows, `undefined` where every reader must ignore it. Throws where it is unreadable. */
  apply(record: StoredRecord): AlarmEvent | undefined
  /** Whether a record that was applied before had been ignored. */
  ignored(partition: number, offset: number): boolean
  /** Those that are not ended. The synthetic patient's is none of the ward. */
  current(): Alarm[]
  /** Those that ended lately. */
  recentlyEnded(): Alarm[]
  get(id: string): Alarm | undefined
  monitoringOf(patient: string): Monitoring
  /**
   * The first event from now on that `test` accepts; `undefined` where none came in `timeoutMs`. `cancel` gives up earlier.
   */
  expect(
    test: (event: AlarmEvent) => boolean,
    timeoutMs: number,
  ): { readonly event: Promise<AlarmEvent | undefined>; cancel(): void }
}

/** Whether staff are shown it at all. */
export function isOfWard({ patient }: Pick<Alarm, 'patient'>): boolean {
  return patient !== PROOF_PATIENT
}

export function createAlarmView(): AlarmView {
  const versions = new Map<string, number>()
  const current = new Map<string, Alarm>()
  const ended = new Map<string, Alarm>()
  const monitoring = new Map<string, Monitoring>()
  const ignored = new Set<string>()
  const waiting = new Set<(event: AlarmEvent) => void>()
  const fence = createAlarmFence()
  /** The versions of the snapshots that this began with. */
  const seeded = new Map<string, number>()

  const remember = (alarm: Alarm): void => {
    ended.set(alarm.id, alarm)
    const oldest = ended.size > ENDED_KEPT ? ended.keys().next().value : undefined
    if (oldest !== undefined) ended.delete(oldest)
  }
  const take = (event: AlarmEvent): void => {
    versions.set(event.patient, event.version)
    if (event.monitoring !== undefined) monitoring.set(event.patient, event.monitoring)
    const { alarm } = event
    if (alarm !== undefined && alarm.state === 'ended') {
      current.delete(alarm.id)
      remember(alarm)
    } else if (alarm !== undefined) {
      ended.delete(alarm.id)
      current.set(alarm.id, alarm)
    }
    for (const offer of waiting) offer(event)
  }

  return {
    seed: ({ patient, version, alarms, monitoring: monitored }) => {
      seeded.set(patient, version)
      versions.set(patient, version)
      monitoring.set(patient, monitored)
      for (const alarm of Object.values(alarms)) current.set(alarm.id, alarm)
    },
    apply: (record) => {
      const counts = fence.admits(record)
      if (record.value === null) return undefined
      const event = alarmEvent.parse(decodeJson(record.value))
      if (counts && event.version <= (seeded.get(event.patient) ?? 0)) {
        if (event.alarm?.state === 'ended' && !current.has(event.alarm.id)) remember(event.alarm)
        return event
      }
      // A gap is damage that was stepped over: what comes after it counts.
      if (!counts || event.version <= (versions.get(event.patient) ?? 0)) {
        ignored.add(`${record.partition}/${record.offset}`)
        return undefined
      }
      take(event)
      return event
    },
    ignored: (partition, offset) => ignored.has(`${partition}/${offset}`),
    current: () => [...current.values()].filter(isOfWard),
    recentlyEnded: () => [...ended.values()].filter(isOfWard),
    get: (id) => current.get(id) ?? ended.get(id),
    monitoringOf: (patient) => monitoring.get(patient) ?? { state: 'on' },
    expect: (test, timeoutMs) => {
      let settle: (event: AlarmEvent | undefined) => void = () => undefined
      const offer = (event: AlarmEvent): void => {
        if (test(event)) settle(event)
      }
      const event = new Promise<AlarmEvent | undefined>((resolve) => {
        const timer = setTimeout(() => settle(undefined), timeoutMs)
        settle = (value) => {
          clearTimeout(timer)
          waiting.delete(offer)
          resolve(value)
        }
      })
      waiting.add(offer)
      return { event, cancel: () => settle(undefined) }
    },
  }
}
