import { ID_PATTERN, quarantineReason, type LogTopic } from '@pulsewire/contracts'
import type { QuarantineEntry, VitalsStore } from '@pulsewire/vitals-store'
import { z } from 'zod'
import type { ApiContext } from '../context.ts'
import { instant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { found } from '../registry-writes.ts'
import { limitParameter, next } from './series-shapes.ts'
import { deviceId } from './shapes.ts'

const MOST_QUARANTINED = 1_000
/** An answer ends above so much payload: a thousand entries of 256 KiB would cost gigabytes to write as JSON. */
const QUARANTINE_ANSWER_BYTES = 4 * 1024 * 1024
/** So many entries are fetched at once, each of up to 256 KiB. */
const QUARANTINE_PAGE = 16
/** The topics in which an accepted uplink message may be. */
const UPLINK_TOPICS = ['telemetry', 'quarantine'] as const satisfies readonly LogTopic[]

const ledger = z.object({
  accepted: z.int().describe('= duplicates + stored + quarantined + inLog'),
  duplicates: z.int(),
  stored: z.int(),
  quarantined: z.int(),
  inLog: z.int().describe('accepted and not yet recorded'),
  spooled: z
    .int()
    .describe('held by brokers that stand alone at the edge, as they said last: not among the accepted yet'),
  spools: z
    .array(
      z.object({
        broker: z.string(),
        waiting: z.int(),
        oldestAt: z.int().optional().describe('when the oldest of them was accepted, epoch ms'),
        reportedAt: z.int().describe('what came since then is not known while the broker is cut off, epoch ms'),
      }),
    )
    .describe('what each of them said last'),
})

export function accountingRoutes({ log, store, registry, views, now }: ApiContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/devices/:id/gaps',
      tag: 'accounting',
      summary: 'Messages that never came: ranges of seq, both ends included',
      access: 'read-accounting',
      params: deviceId,
      response: z.object({
        device: z.string(),
        gaps: z.array(z.object({ boot: z.string(), from: z.int(), to: z.int() })),
      }),
      handle: async ({ params }) => {
        found(registry.state.devices.get(params.id), `device ${params.id}`)
        return { device: params.id, gaps: [...(await store.gaps(params.id))] }
      },
    }),
    route({
      method: 'GET',
      path: '/quarantine',
      tag: 'accounting',
      summary: 'Messages that could not be taken, with the reason',
      access: 'read-quarantine',
      query: z.strictObject({
        device: z.string().regex(ID_PATTERN).optional(),
        from: instant.optional(),
        to: instant.optional(),
        limit: limitParameter(MOST_QUARANTINED),
      }),
      response: z.object({
        quarantine: z.array(
          quarantineReason.extend({ id: z.string(), payload: z.base64().describe('the payload, or its head') }),
        ),
        next,
      }),
      handle: async ({ query: { device, from, to, limit } }) => {
        const { entries, next } = await boundedQuarantine(store, {
          ...(device === undefined ? {} : { device }),
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
          limit: limit ?? MOST_QUARANTINED,
        })
        const quarantine = entries.map((entry) => ({
          ...entry,
          payload: Buffer.from(entry.payload).toString('base64'),
        }))
        return { quarantine, ...(next === undefined ? {} : { next }) }
      },
    }),
    route({
      method: 'GET',
      path: '/ledger',
      tag: 'accounting',
      summary: 'Where every accepted message is',
      access: 'read-accounting',
      response: ledger,
      handle: async () => {
        // First the store's counts with the positions that they belong to, then the log's ends: so that nothing is counted twice.
        const { stored, duplicates, quarantined, positions } = await store.ledger()
        const ends = (await Promise.all(UPLINK_TOPICS.map((topic) => log.ends(topic)))).flat()
        const accepted = ends.reduce((sum, { next }) => sum + next, 0)
        const uplink: readonly LogTopic[] = UPLINK_TOPICS
        const recorded = positions
          .filter(({ topic }) => uplink.includes(topic))
          .reduce((sum, { offset }) => sum + offset, 0)
        const spools = views.spools.all(now())
        const spooled = spools.reduce((sum, { waiting }) => sum + waiting, 0)
        return { accepted, duplicates, stored, quarantined, inLog: accepted - recorded, spooled, spools }
      },
    }),
  ]
}

/** At most `limit` entries, and fewer where their payloads are large; `next` carries on either way. */
async function boundedQuarantine(
  store: Pick<VitalsStore, 'quarantine'>,
  query: Parameters<VitalsStore['quarantine']>[0] & { readonly limit: number },
): Promise<{ entries: QuarantineEntry[]; next?: number }> {
  const entries: QuarantineEntry[] = []
  let bytes = 0
  let from = query.from
  for (;;) {
    const limit = Math.min(QUARANTINE_PAGE, query.limit - entries.length)
    const page = await store.quarantine({ ...query, ...(from === undefined ? {} : { from }), limit })
    entries.push(...page.entries)
    if (page.next === undefined) return { entries }
    bytes += page.entries.reduce((sum, { payload }) => sum + payload.length, 0)
    if (entries.length >= query.limit || bytes >= QUARANTINE_ANSWER_BYTES) return { entries, next: page.next }
    from = page.next
  }
}
