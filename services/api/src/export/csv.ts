import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { Series } from '@pulsewire/vitals-store'

const ROWS_PER_CHUNK = 2_000

/** Series as CSV (RFC 4180), one point a row, page by page as they are read: time in RFC 3339 and in ms, code, value, unit. */
export async function* csvOf(pages: AsyncIterable<readonly Series[]>): AsyncGenerator<string> {
  yield 'time,epochMs,code,value,unit\r\n'
  for await (const page of pages) {
    for (const { code, unit, points } of page) {
      for (let start = 0; start < points.length; start += ROWS_PER_CHUNK) {
        yield points
          .slice(start, start + ROWS_PER_CHUNK)
          .map(
            ({ time, value }) => [new Date(time).toISOString(), time, code, value, unit].map(field).join(',') + '\r\n',
          )
          .join('')
        await yieldToOthers()
      }
    }
  }
}

/** A cell (RFC 4180). */
export function field(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
