import { flux, HttpError } from '@influxdata/influxdb-client'
import { errorCodeOf, PulsewireError } from '@pulsewire/contracts'
import type { DamagedRange, VitalsStore } from '../port.ts'
import { createInfluxClient, type InfluxClient } from './client.ts'
import { readDevice, readLedgers } from './ledger.ts'
import { LEDGER_EPOCH_MS, source } from './flux.ts'
import type { InfluxStoreOptions } from './options.ts'
import { queryBeats } from './queries/beats.ts'
import { queryCatalogue, queryLatest } from './queries/catalogue.ts'
import { queryCoverage } from './queries/coverage.ts'
import { queryEvents, queryQuarantine } from './queries/events.ts'
import { queryAlarm, queryAlarms, queryFindings, queryStaff } from './queries/findings.ts'
import { queryVitals } from './queries/vitals.ts'
import { queryWaveforms } from './queries/waveforms.ts'
import { envelopesOf } from '../shared/envelope.ts'
import { gapsOf } from './sessions.ts'
import { createWriter } from './writer.ts'

const PAUSE_MS = 3_000

/**
 * Opens the time-series store on an InfluxDB 2, whose bucket must be there (setup.ts makes it). Any number of processes may read; of
 * each partition of the log one writes at a time, and one that does not know yet that it lost a partition does no harm.
 * PW_CONFIG_INVALID where the bucket or the token is wrong, PW_STORE_UNAVAILABLE where InfluxDB does not answer.
 */
export async function openInfluxVitalsStore(options: InfluxStoreOptions): Promise<VitalsStore> {
  const client = createInfluxClient(options)
  try {
    await checkBucket(client, options)
  } catch (error) {
    client.close()
    throw error
  }
  const writer = createWriter(client, {
    pauseMs: options.pauseMs ?? PAUSE_MS,
    onUpkeepFailed: (cause) => {
      const what = cause instanceof Error ? cause.message : String(cause)
      options.onDamage?.(
        new PulsewireError('PW_STORE_UNAVAILABLE', `what devices sent is not summed up: ${what}`, { cause }),
      )
    },
  })
  let closed = false
  /** The client, while the store is open. */
  const live = (): InfluxClient => {
    if (closed) throw new PulsewireError('PW_STORE_UNAVAILABLE', 'the store is closed')
    return client
  }
  /** The answer, after its damage was told. */
  const told = <T extends { damaged?: readonly DamagedRange[] }>(patient: string, answer: T): T => {
    for (const { from, to, detail } of answer.damaged ?? []) {
      options.onDamage?.(new PulsewireError('PW_STORE_DAMAGED', `${patient}, ${from}–${to}: ${detail}`))
    }
    return answer
  }
  return {
    write: async (write) => writer.write(write),
    positions: async (topics) => writer.positions(topics),
    vitals: async (query) => queryVitals(live(), query),
    waveforms: async (query) => told(query.patient, await queryWaveforms(live(), query)),
    envelopes: async (query) =>
      told(query.patient, await envelopesOf((samples) => queryWaveforms(live(), samples), query)),
    catalogue: async (query) => queryCatalogue(live(), query),
    coverage: async (query) => queryCoverage(live(), query),
    findings: async (query) => queryFindings(live(), query),
    beats: async (query) => told(query.patient, await queryBeats(live(), query)),
    alarms: async (query) => queryAlarms(live(), query),
    alarm: async (id) => queryAlarm(live(), id),
    staff: async (query) => queryStaff(live(), query),
    events: async (query) => queryEvents(live(), query),
    latest: async (patients) => queryLatest(live(), patients),
    quarantine: async (query) => queryQuarantine(live(), query),
    gaps: async (device) => gapsOf(await readDevice(live(), device), device),
    async ledger() {
      const ledgers = await readLedgers(live())
      const sum = (of: 'stored' | 'duplicates' | 'quarantined') =>
        ledgers.reduce((total, ledger) => total + ledger[of], 0)
      return {
        stored: sum('stored'),
        duplicates: sum('duplicates'),
        quarantined: sum('quarantined'),
        positions: ledgers.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
      }
    },
    maintain: async () => writer.maintain(),
    async close() {
      if (closed) return
      closed = true
      await writer.close()
      client.close()
    },
  }
}

async function checkBucket(client: InfluxClient, { url, org, bucket }: InfluxStoreOptions): Promise<void> {
  const nothing = { from: LEDGER_EPOCH_MS - 1, to: LEDGER_EPOCH_MS }
  await client
    .rows(flux`${source(bucket, nothing)} |> limit(n: 1)`, () => undefined)
    .catch((error: unknown) => {
      const { cause } = error instanceof Error ? error : {}
      if (!(cause instanceof HttpError)) throw error
      if (cause.statusCode === 401 || cause.statusCode === 403) {
        throw new PulsewireError('PW_CONFIG_INVALID', `InfluxDB at ${url} does not take the token`, { cause })
      }
      if (cause.statusCode === 404 || /could not find bucket|organization/i.test(cause.message)) {
        throw new PulsewireError(
          'PW_CONFIG_INVALID',
          `InfluxDB at ${url} has no bucket ${bucket} of ${org} for this token`,
          {
            cause,
          },
        )
      }
      if (errorCodeOf(error) === 'PW_REQUEST_INVALID')
        throw new PulsewireError('PW_CONFIG_INVALID', cause.message, { cause })
      throw error
    })
}
