import { Readable } from 'node:stream'
import { z } from 'zod'
import { auditRecord } from '../audit.ts'
import { createAuditTrail, type AuditEntry } from '../audit-trail.ts'
import type { ApiContext } from '../context.ts'
import { field } from '../export/csv.ts'
import { negotiate } from '../http/accept.ts'
import { RawAnswer } from '../http/answers.ts'
import { instant } from '../http/instants.ts'
import { route, type Route } from '../http/route.ts'
import { limitParameter } from './series-shapes.ts'

const MOST_ENTRIES = 1_000
const USUAL_ENTRIES = 200
const CSV = 'text/csv'

/** Who did what. */
export function auditRoutes({ log, logger }: ApiContext): Route[] {
  const trail = createAuditTrail(log, (error) => logger.error({ err: error }, 'a record of the audit trail is damaged'))
  return [
    route({
      method: 'GET',
      path: '/audit',
      tag: 'administration',
      summary: 'Who did what, newest first. As CSV always complete; as JSON `next` carries on (`before`)',
      access: 'read-audit',
      alsoAs: [CSV],
      query: z.strictObject({
        from: instant.optional(),
        to: instant.optional(),
        by: z.string().min(1).max(64).optional().describe('a user'),
        what: z
          .string()
          .min(1)
          .max(200)
          .optional()
          .describe('what must stand in it: an action, an id, a field, a value'),
        before: z.coerce.number().int().min(0).optional().describe('`next` of the answer before'),
        limit: limitParameter(MOST_ENTRIES),
      }),
      response: z.object({
        audit: z.array(auditRecord.extend({ offset: z.int() })),
        next: z.int().optional().describe('there is more: `before`'),
      }),
      handle: async ({ query: { limit, ...given }, call }) => {
        const query = definedOf(given)
        if (negotiate(call.request.headers.accept, ['application/json', CSV]) === CSV) {
          return new RawAnswer(`${CSV}; charset=utf-8`, Readable.from(csvOfAudit(trail.all(query))), {
            'content-disposition': 'attachment; filename="audit.csv"',
          })
        }
        const { entries, next } = await trail.page(query, limit ?? USUAL_ENTRIES)
        return { audit: entries, ...(next === undefined ? {} : { next }) }
      },
    }),
  ]
}

function definedOf<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** A row for each record. */
async function* csvOfAudit(entries: AsyncIterable<AuditEntry>): AsyncGenerator<string> {
  yield 'time,epochMs,by,action,target,change,entities,failed,from\r\n'
  for await (const { at, by, action, target, change, entities, failed, from } of entries) {
    const cells = [
      new Date(at).toISOString(),
      at,
      by,
      action,
      json(target),
      json(change),
      json(entities),
      failed ?? '',
      from,
    ]
    yield `${cells.map((cell) => field(harmless(cell))).join(',')}\r\n`
  }
}

function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value)
}

/** A spreadsheet would run what begins like a formula; anybody may choose a name. */
function harmless(cell: string | number): string | number {
  return typeof cell === 'string' && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
}
