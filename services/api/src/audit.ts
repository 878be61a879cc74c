import type { Call, Route } from './http/route.ts'
import type { EventLog } from '@pulsewire/event-log'

/** Who did what, in the topic `audit`, key = user. */
export interface AuditRecord {
  readonly at: number
  readonly by: string
  /** The route, e.g. `PATCH /patients/:id`, or `sign-in`, `sign-in-refused`. */
  readonly action: string
  readonly target?: unknown
  readonly change?: unknown
  readonly from: string
}

export type Audit = (record: AuditRecord) => Promise<void>

export function createAudit(log: EventLog): Audit {
  return async (record) => {
    const value = Buffer.from(JSON.stringify(record))
    await log.append('audit', [{ key: record.by, headers: { action: record.action }, value }])
  }
}

/** The record of a change that was made through `route`. Passwords stay out of it. */
export function auditOf(route: Route, call: Call, now: number): AuditRecord {
  const { params, body, ip } = call.request
  return {
    at: now,
    by: call.session?.user ?? 'nobody',
    action: `${route.method} ${route.path}`,
    target: params,
    ...(body === undefined || body === null ? {} : { change: withoutSecrets(body) }),
    from: ip,
  }
}

function withoutSecrets(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, key === 'password' ? '…' : value]))
}
