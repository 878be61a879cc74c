import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PulsewireError } from '@pulsewire/contracts'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createMemoryLogData } from '../memory/memory-log-data.ts'
import { createSwitchedLog, type LogCondition } from '../testing/switched-log.ts'
import { openSpooledEventLog, type SpooledEventLog } from './spooled-event-log.ts'

const QUICK = { openWithinMs: 15, appendWithinMs: 15, headWithinMs: 15, retryMinMs: 2, retryMaxMs: 5 }
const CONDITIONS: LogCondition[] = ['up', 'refuse', 'hang', 'unconfirmed']

type Step =
  | { readonly do: 'append'; readonly keys: readonly string[]; readonly wait: boolean }
  | { readonly do: 'switch'; readonly to: LogCondition }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      keys: fc.array(fc.constantFrom('p1', 'p2', 'p3'), { minLength: 1, maxLength: 4 }),
      wait: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('switch' as const), to: fc.constantFrom(...CONDITIONS) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.integer({ min: 0, max: 25 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)

test('whatever the interleaving of appends, outages, drains and restarts: all that was acknowledged is in the log, and each key in the order of acceptance', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 25 }), async (steps) => {
      const directory = await mkdtemp(join(tmpdir(), 'pulsewire-spool-'))
      const primary = createSwitchedLog(createMemoryLogData(2))
      let spooling = false
      const open = (): Promise<SpooledEventLog> =>
        openSpooledEventLog({
          open: async () => {
            if (primary.condition !== 'up') throw new PulsewireError('PW_LOG_UNAVAILABLE')
            return primary.log
          },
          directory,
          maxBytes: 10_000_000,
          limits: QUICK,
          onSpooling: (now) => (spooling = now),
        })
      let log = await open()
      const acknowledged = new Map<string, number[]>()
      const pending: Promise<void>[] = []
      let counter = 0
      const append = (keys: readonly string[]): Promise<void> => {
        const records = keys.map((key) => ({ key, headers: {}, value: Buffer.from(String(counter++)) }))
        return log.append('telemetry', records).then(
          () => {
            for (const { key, value } of records) {
              acknowledged.set(key, [...(acknowledged.get(key) ?? []), Number(value.toString())])
            }
          },
          () => undefined, // not acknowledged: its sender sends it again
        )
      }
      for (const each of steps) {
        if (each.do === 'append') {
          const appended = append(each.keys)
          pending.push(appended)
          if (each.wait) await appended
        }
        if (each.do === 'switch') primary.condition = each.to
        if (each.do === 'pause') await sleep(each.ms)
        if (each.do === 'restart') {
          await log.close()
          // A process that starts has said nothing yet.
          spooling = false
          log = await open()
        }
      }
      await Promise.all(pending)
      primary.condition = 'up'
      await vi.waitFor(() => expect([spooling, log.spool.waiting]).toEqual([false, 0]), { timeout: 5_000, interval: 2 })
      await log.close()

      const first = new Map<string, Set<number>>()
      for (const { key, value } of await primary.stored('telemetry')) {
        first.set(key, (first.get(key) ?? new Set()).add(Number(Buffer.from(value ?? []).toString())))
      }
      for (const [key, numbers] of acknowledged) {
        const known = new Set(numbers)
        expect([...(first.get(key) ?? [])].filter((number) => known.has(number))).toEqual(numbers)
      }
      await rm(directory, { recursive: true, force: true })
    }),
    { numRuns: 40 },
  )
}, 60_000)
