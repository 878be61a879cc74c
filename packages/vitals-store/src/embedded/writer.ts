import { formatPosition, PulsewireError } from '@pulsewire/contracts'
import type { StoreWrite, VitalPoint, WriteReport } from '../port.ts'
import { classify, isNumbered, messageKey, shortHash } from '../shared/accounting.ts'
import { knownHashes, notYetStored } from './accounting.ts'
import type { Database } from './database.ts'
import { loadMemory, type StoreMemory } from './memory.ts'
import { inTransaction } from './sql.ts'
import { loadState, saveState, storedOffset, withPositions, type StoreState } from './state.ts'
import { parsePosition } from '../shared/position.ts'
import { validateWrite } from '../shared/validate.ts'
import { createWriteRows } from './write-rows.ts'

export interface Writer {
  /** As of the last commit. */
  readonly state: StoreState
  readonly memory: StoreMemory
  write(write: StoreWrite): Promise<WriteReport>
  /** Keeps what is in memory as a snapshot, so that the next opening is fast. Answers the version that it stands at. */
  saveMemory(): Promise<number>
}

/** Everything that a write says goes into one transaction, with the log positions and the counters. */
export async function createWriter(database: Database): Promise<Writer> {
  let { state, memory } = await database.withWriter(async (connection) => {
    const loaded = await loadState(connection)
    return { state: loaded, memory: await loadMemory(connection, loaded) }
  })
  /** After a failed commit nobody knows what the database holds: it is read again before the next write. */
  let stale = false

  const refresh = async (): Promise<void> => {
    if (!stale) return
    ;({ state, memory } = await database.withReader(async (connection) => {
      const loaded = await loadState(connection)
      return { state: loaded, memory: await loadMemory(connection, loaded) }
    }))
    stale = false
  }

  return {
    get state() {
      return state
    },
    get memory() {
      return memory
    },

    async write(write) {
      validateWrite(write)
      return database.withWriter(async (connection) => {
        await refresh()
        const messages = write.messages ?? []
        const hashes = await knownHashes(connection, messages, state, memory)
        const { fresh, duplicates, reused } = classify(
          notYetStored(messages, state),
          ({ device, boot, seq }) => memory.hasSeen(device, boot, seq),
          (message) => hashes.get(messageKey(message)),
        )
        const refused = [
          ...(write.quarantine ?? []).filter(({ id }) => {
            const position = parsePosition(id)
            return position === undefined || position.offset >= storedOffset(state, position)
          }),
          ...reused.map(({ message, reuse }) => {
            const { reason, payload } = reuse()
            return { ...reason, id: formatPosition(message.position), payload }
          }),
        ]

        const rows = createWriteRows(state.version)
        const latest: [point: VitalPoint, seq: number, version: number][] = []
        for (const { message, vitals, waveforms, events } of fresh) {
          const origin = { seq: message.seq ?? 0, receivedAt: message.receivedAt }
          for (const point of vitals) latest.push([point, origin.seq, rows.vital(point, origin)])
          for (const block of waveforms) rows.waveform(block, origin)
          for (const event of events) rows.event(event)
          if (isNumbered(message)) rows.seen(message.device, message.boot, message.seq, shortHash(message))
        }
        for (const point of write.vitals ?? []) latest.push([point, 0, rows.vital(point)])
        for (const finding of write.findings ?? []) rows.finding(finding)
        for (const record of write.beats ?? []) rows.beats(record)
        for (const alarm of write.alarms ?? []) rows.alarm(alarm)
        for (const command of write.staff ?? []) rows.staff(command)
        for (const entry of refused) rows.quarantine(entry)

        const next: StoreState = {
          ...withPositions(state, write.positions),
          version: rows.version,
          stored: state.stored + fresh.length,
          duplicates: state.duplicates + duplicates,
          quarantined: state.quarantined + refused.length,
        }
        stale = true
        await inTransaction(connection, async () => {
          await rows.appendTo(connection)
          await saveState(connection, next)
        })
        stale = false

        state = next
        for (const { message } of fresh) {
          if (isNumbered(message)) memory.markSeen(message.device, message.boot, message.seq, shortHash(message))
        }
        for (const { device, boot, seq } of refused) {
          if (boot !== undefined && seq !== undefined) memory.markQuarantined(device, boot, seq)
        }
        for (const [point, seq, version] of latest) memory.offerLatest(point, seq, version)
        return { stored: fresh.length, duplicates, reused: reused.map(({ message }) => message) }
      })
    },

    async saveMemory() {
      return database.withWriter(async (connection) => {
        await refresh()
        const next: StoreState = { ...state, cachedVersion: state.version }
        if (state.cachedVersion === state.version) return state.version
        stale = true
        await inTransaction(connection, async () => {
          await memory.save(connection)
          await saveState(connection, next)
        })
        stale = false
        state = next
        return next.version
      })
    },
  }
}

/** What DuckDB and the file system say, in the words of the catalogue. */
export function storeError(error: unknown): PulsewireError {
  if (error instanceof PulsewireError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new PulsewireError('PW_STORE_UNAVAILABLE', `the store failed: ${detail}`, { cause: error })
}
