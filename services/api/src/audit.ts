import type { RegistryEntity } from '@pulsewire/contracts'
import type { EventLog } from '@pulsewire/event-log'
import { z } from 'zod'
import type { Call, Route } from './http/route.ts'

/** What became of an entity of the registry, field by field; a field within a field is named `limits.heartRate`. */
export const entityChange = z.object({
  kind: z.string(),
  id: z.string(),
  fields: z.record(z.string(), z.object({ before: z.unknown().optional(), after: z.unknown().optional() })),
})
export type EntityChange = z.infer<typeof entityChange>

/** Who did what, in the topic `audit`, key = user. */
export const auditRecord = z.object({
  at: z.number(),
  by: z.string(),
  action: z.string().describe('the route, e.g. `PATCH /patients/:id`, or `sign-in`, `sign-in-refused`'),
  target: z.unknown().optional().describe('what the path named'),
  change: z.unknown().optional().describe('what was asked for, without secrets'),
  entities: z.array(entityChange).optional().describe('what that changed, before and after'),
  failed: z.string().optional().describe('it was done in part only: the code of the error'),
  from: z.string().describe('the address'),
})
export type AuditRecord = z.infer<typeof auditRecord>

export type Audit = (record: AuditRecord) => Promise<void>

export function createAudit(log: EventLog): Audit {
  return async (record) => {
    const value = Buffer.from(JSON.stringify(record))
    await log.append('audit', [{ key: record.by, headers: { action: record.action }, value }])
  }
}

/** The record of a change that was made through `route`. Secrets stay out of it. */
export function auditOf(
  route: Pick<Route, 'method' | 'path'>,
  call: Call,
  entities: readonly EntityChange[],
  now: number,
): AuditRecord {
  const { params, body, ip } = call.request
  return {
    at: now,
    by: call.session?.user ?? 'nobody',
    action: `${route.method} ${route.path}`,
    target: params,
    ...(body === undefined || body === null ? {} : { change: withoutSecrets(body) }),
    ...(entities.length === 0 ? {} : { entities: [...entities] }),
    from: ip,
  }
}

/** What is different between an entity as it was and as it is. */
export function changeOf(before: RegistryEntity | undefined, after: RegistryEntity): EntityChange {
  const [old, now] = [flat(before ?? {}), flat(after)]
  const fields: EntityChange['fields'] = {}
  for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (name === 'kind' || name === 'id' || JSON.stringify(old[name]) === JSON.stringify(now[name])) continue
    const side = (value: unknown) => (isSecret(name) ? HIDDEN : value)
    fields[name] = {
      ...(old[name] === undefined ? {} : { before: side(old[name]) }),
      ...(now[name] === undefined ? {} : { after: side(now[name]) }),
    }
  }
  return { kind: after.kind, id: after.id, fields }
}

const HIDDEN = '…'
const isSecret = (name: string): boolean => name !== 'temporaryPassword' && /password|secret|token/i.test(name)

/** Fields of fields as `outer.inner`, one level deep. */
function flat(entity: object): Record<string, unknown> {
  const entries = Object.entries(entity).flatMap(([name, value]: [string, unknown]) =>
    isPlain(value)
      ? Object.entries(value).map(([inner, field]): [string, unknown] => [`${name}.${inner}`, field])
      : [[name, value] satisfies [string, unknown]],
  )
  return Object.fromEntries(entries)
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function withoutSecrets(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withoutSecrets)
  if (!isPlain(body)) return body
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, isSecret(key) ? HIDDEN : withoutSecrets(value)]),
  )
}
