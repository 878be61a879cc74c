import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeTelemetryHeaders } from '@pulsewire/contracts'
import { openEmbeddedEventLog, type LogRecord } from '@pulsewire/event-log'
import { temporaryDirectory } from '../../support/station.ts'
import { kindOf, payloadOf } from './payloads.ts'
import type { Stage, StageSize } from './stage.ts'

const RECORDS: Readonly<Record<StageSize, number>> = { smoke: 5_000, full: 200_000 }
/** Records that wait for their commit at a time, over 200 patients: what thousands of wearables do. */
const IN_FLIGHT = 2_000

function recordAt(index: number): LogRecord {
  const device = `w-${index % 200}`
  const time = 1_760_000_000_000 + index
  const headers = encodeTelemetryHeaders({
    kind: kindOf(index),
    device,
    patient: device,
    boot: 'bench-boot-00001',
    seq: index,
    at: time,
    time,
    clockOffsetMs: 0,
    receivedAt: time,
    encoding: 'cbor',
  })
  return { key: device, headers, value: payloadOf(index, index) }
}

async function appendAll(directory: string, batches: readonly LogRecord[][]): Promise<number> {
  const log = await openEmbeddedEventLog({ directory })
  const startedAt = performance.now()
  for (const batch of batches) await log.append('telemetry', batch)
  const tookS = (performance.now() - startedAt) / 1_000
  await log.close()
  return tookS
}

/** The same bytes, written and synced, in the same portions: what the disk alone takes. */
async function writeAll(path: string, batches: readonly LogRecord[][]): Promise<number> {
  const portions = batches.map((batch) =>
    Buffer.concat(
      batch.flatMap(({ value, headers }) => [value ?? Buffer.alloc(0), Buffer.from(JSON.stringify(headers))]),
    ),
  )
  const file = await open(path, 'w')
  const startedAt = performance.now()
  for (const portion of portions) {
    await file.write(portion)
    await file.datasync()
  }
  const tookS = (performance.now() - startedAt) / 1_000
  await file.close()
  return tookS
}

/** Durable records a second. */
export const log: Stage = {
  name: 'log',
  what: 'durable appends, 2,000 in flight',
  unit: 'records/s',
  better: 'more',
  limit: 'write and fdatasync of the same bytes',
  measure: async (size) => {
    const directory = temporaryDirectory()
    const records = Array.from({ length: RECORDS[size] }, (_, index) => recordAt(index))
    const batches: LogRecord[][] = []
    for (let from = 0; from < records.length; from += IN_FLIGHT) batches.push(records.slice(from, from + IN_FLIGHT))
    try {
      return {
        ours: records.length / (await appendAll(join(directory.path, 'log'), batches)),
        limit: records.length / (await writeAll(join(directory.path, 'file'), batches)),
      }
    } finally {
      directory.remove()
    }
  },
}
