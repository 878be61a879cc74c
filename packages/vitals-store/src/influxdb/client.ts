import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { HttpError, InfluxDB, setLogger, type ParameterizedQuery } from '@influxdata/influxdb-client'
import { PulsewireError } from '@pulsewire/contracts'
import type { InfluxStoreOptions } from './options.ts'

// Whatever it would print comes to us as an error.
setLogger({ error: () => undefined, warn: () => undefined })

/** Most lines and characters of one request. */
const MOST_LINES = 5_000
const MOST_CHARACTERS = 1_000_000

/** One row of an answer, by column. Empty where the row has no such column. */
export type Cells = (column: string) => string

/** The vendor's client as the store uses it. Errors are PulsewireError. */
export interface InfluxClient {
  readonly bucket: string
  /** Resolves when all lines are stored. `goOn` is called before each request and may throw. PW_STORE_UNAVAILABLE = try again; PW_REQUEST_INVALID = InfluxDB refuses some of them. */
  write(lines: readonly string[], goOn?: () => void): Promise<void>
  /** All rows of a query, `undefined` left out. */
  rows<T>(query: ParameterizedQuery, map: (cells: Cells) => T | undefined): Promise<T[]>
  /** Removes points of a time range (both ends included, RFC 3339) that match a predicate. */
  remove(start: string, stop: string, predicate: string): Promise<void>
  close(): void
}

export function createInfluxClient(options: InfluxStoreOptions): InfluxClient {
  const { url, token, org, bucket, writeTimeoutMs = 10_000, queryTimeoutMs = 60_000 } = options
  const agent = url.startsWith('https:') ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true })
  const connection = { url, token, transportOptions: { agent } }
  // Fewer lines than the batch size, no timer, no retries: then nothing is sent behind our back, and flush() waits and rejects.
  const writer = new InfluxDB({ ...connection, timeout: writeTimeoutMs }).getWriteApi(org, bucket, 'ns', {
    batchSize: MOST_LINES + 1,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
  })
  const reader = new InfluxDB({ ...connection, timeout: queryTimeoutMs }).getQueryApi(org)

  return {
    bucket,
    async write(lines, goOn) {
      for (const request of requestsOf(lines)) {
        goOn?.()
        writer.writeRecords(request)
        await writer.flush().catch((error: unknown) => {
          throw writeError(error)
        })
      }
    },
    async rows(query, map) {
      let failure: string | undefined
      const found = await reader
        .collectRows(query, (values, table) => {
          const cells: Cells = (column) => {
            const { index } = table.column(column, false)
            return index < 0 ? '' : (values[index] ?? '')
          }
          // An error in the middle of an answer comes as a table of its own.
          if (table.column('error', false).index >= 0 && table.column('_time', false).index < 0) {
            failure ??= cells('error')
            return undefined
          }
          return map(cells)
        })
        .catch((error: unknown) => {
          throw queryError(error)
        })
      if (failure !== undefined) throw new PulsewireError('PW_STORE_UNAVAILABLE', `InfluxDB: ${failure}`)
      return found
    },
    async remove(start, stop, predicate) {
      const target = new URL('api/v2/delete', url.endsWith('/') ? url : `${url}/`)
      target.searchParams.set('org', org)
      target.searchParams.set('bucket', bucket)
      const answer = await fetch(target, {
        method: 'POST',
        headers: { authorization: `Token ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ start, stop, predicate }),
        signal: AbortSignal.timeout(queryTimeoutMs),
      }).catch((error: unknown) => {
        throw unavailable(error)
      })
      const detail = await answer.text()
      if (!answer.ok)
        throw new PulsewireError('PW_STORE_UNAVAILABLE', `InfluxDB: ${answer.status} ${detail.slice(0, 500)}`)
    },
    close() {
      writer.dispose()
      agent.destroy()
    },
  }
}

/** Lines by request, bounded in number and in length. */
function* requestsOf(lines: readonly string[]): Iterable<string[]> {
  let request: string[] = []
  let characters = 0
  for (const line of lines) {
    if (request.length > 0 && (request.length === MOST_LINES || characters + line.length > MOST_CHARACTERS)) {
      yield request
      request = []
      characters = 0
    }
    request.push(line)
    characters += line.length
  }
  if (request.length > 0) yield request
}

/** What it answers when a line cannot be read or stored, whoever sends it again. */
const REFUSALS: readonly number[] = [400, 413, 422]

function writeError(error: unknown): PulsewireError {
  if (error instanceof HttpError && REFUSALS.includes(error.statusCode)) {
    return new PulsewireError('PW_REQUEST_INVALID', `InfluxDB refuses it: ${error.message.slice(0, 500)}`, {
      cause: error,
    })
  }
  return unavailable(error)
}

function queryError(error: unknown): PulsewireError {
  if (error instanceof HttpError && error.statusCode === 400) {
    return new PulsewireError('PW_REQUEST_INVALID', `InfluxDB refuses the query: ${error.message.slice(0, 500)}`, {
      cause: error,
    })
  }
  return unavailable(error)
}

function unavailable(error: unknown): PulsewireError {
  if (error instanceof PulsewireError) return error
  const detail = error instanceof Error ? error.message || error.name : String(error)
  return new PulsewireError('PW_STORE_UNAVAILABLE', `InfluxDB: ${detail.slice(0, 500)}`, { cause: error })
}
