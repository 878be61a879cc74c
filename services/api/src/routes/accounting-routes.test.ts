import { createHash } from 'node:crypto'
import type { QuarantineEntry } from '@pulsewire/vitals-store'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startHarness, type Answer, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await startHarness()
})
afterEach(() => harness.stop())

const T0 = Date.UTC(2026, 0, 1)

function refused(index: number, payload: Buffer): QuarantineEntry {
  return {
    id: `0:${index}`,
    device: 'd1',
    topic: 'bsn/v1/d1/vitals',
    code: 'PW_PAYLOAD_NOT_JSON',
    detail: 'garbage',
    receivedAt: T0 + index,
    bytes: payload.length,
    sha256: createHash('sha256').update(payload).digest('hex'),
    payload,
  }
}

interface Page {
  readonly ids: string[]
  readonly bytes: number
}

/** All pages of a query. */
async function pages(query: string): Promise<Page[]> {
  const found: Page[] = []
  for (let from: number | undefined = 0; from !== undefined;) {
    const { status, json, text }: Answer = await harness.call('GET', `quarantine?from=${from}&${query}`)
    expect(status).toBe(200)
    const { quarantine, next } = json as { quarantine: { id: string }[]; next?: number }
    found.push({ ids: quarantine.map(({ id }) => id), bytes: text.length })
    from = next
  }
  return found
}

describe('the quarantine', () => {
  test('answers of large payloads stay small, and the pages hold each of them once', async () => {
    const payload = Buffer.alloc(256 * 1024, 0x20)
    for (let i = 0; i < 100; i++) harness.data.quarantine.push(refused(i, payload))
    const found = await pages('device=d1')
    expect(found.length).toBeGreaterThan(3)
    expect(Math.max(...found.map(({ bytes }) => bytes))).toBeLessThan(12_000_000)
    expect(found.flatMap(({ ids }) => ids)).toEqual(harness.data.quarantine.map(({ id }) => id))
  })

  test('small ones come in one answer, up to the limit', async () => {
    for (let i = 0; i < 100; i++) harness.data.quarantine.push(refused(i, Buffer.from('{')))
    expect((await pages('device=d1')).map(({ ids }) => ids.length)).toEqual([100])
    expect((await pages('limit=40')).map(({ ids }) => ids.length)).toEqual([40, 40, 20])
    expect(await pages('device=d2')).toMatchObject([{ ids: [] }])
  })
})
