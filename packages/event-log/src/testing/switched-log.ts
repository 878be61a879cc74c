import { PulsewireError, type LogPosition, type LogTopic } from '@pulsewire/contracts'
import { createMemoryEventLog } from '../memory/memory-event-log.ts'
import { createMemoryLogData, type MemoryLogData } from '../memory/memory-log-data.ts'
import type { EventLog, LogRecord, StoredRecord } from '../port.ts'

/**
 * What the log does: `up`; `refuse` = it answers with an error; `hang` = it does not answer (until it is `up` again: then the append takes
 * place, late); `unconfirmed` = it takes an append and answers with an error all the same.
 */
export type LogCondition = 'up' | 'refuse' | 'hang' | 'unconfirmed'

/** A log in memory that breaks when it is told to. */
export interface SwitchedLog {
  readonly log: EventLog
  readonly data: MemoryLogData
  condition: LogCondition
  /** Appends that were asked for. */
  readonly appends: number
  /** Questions for the ends. */
  readonly questions: number
  stored(topic: LogTopic): Promise<StoredRecord[]>
}

export function createSwitchedLog(data: MemoryLogData = createMemoryLogData(2)): SwitchedLog {
  const inner = createMemoryEventLog({ data })
  const late = new Set<() => void>()
  let condition: LogCondition = 'up'
  let appends = 0
  let questions = 0
  const unavailable = (): PulsewireError => new PulsewireError('PW_LOG_UNAVAILABLE', 'switched off')
  const untilUp = (): Promise<void> => new Promise((resolve) => late.add(resolve))

  const append = async (topic: LogTopic, records: readonly LogRecord[]): Promise<LogPosition[]> => {
    appends++
    if (condition === 'hang') await untilUp()
    if (condition === 'refuse') throw unavailable()
    const positions = await inner.append(topic, records)
    if (condition === 'unconfirmed') throw unavailable()
    return positions
  }
  const log: EventLog = {
    ...inner,
    append,
    ends: async (topic) => {
      questions++
      if (condition === 'hang') await untilUp()
      if (condition !== 'up') throw unavailable()
      return inner.ends(topic)
    },
    // A handle that is closed leaves the data to the next.
    close: async () => undefined,
  }
  return {
    log,
    data,
    get condition() {
      return condition
    },
    set condition(next) {
      condition = next
      if (next === 'hang') return
      for (const wake of late) wake()
      late.clear()
    },
    get appends() {
      return appends
    },
    get questions() {
      return questions
    },
    stored: async (topic) => {
      const records: StoredRecord[] = []
      for (const { partition, earliest } of await inner.ends(topic)) {
        for await (const batch of inner.read(topic, partition, { from: earliest })) records.push(...batch)
      }
      return records
    },
  }
}
