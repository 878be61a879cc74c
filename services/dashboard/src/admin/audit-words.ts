import type { Answer } from '../api/client.ts'
import { instantText } from './instants.ts'

export type AuditRow = Answer<'GET /audit'>['audit'][number]

const ACTIONS: Readonly<Record<string, string>> = {
  'sign-in': 'signed in',
  'sign-in-refused': 'was refused at sign-in',
  'DELETE /session': 'signed out',
  'PUT /session/password': 'changed their password',
  'POST /patients': 'admitted a patient',
  'PATCH /patients/:id': 'changed a patient',
  'PUT /patients/:id/monitoring': 'changed the monitoring of a patient',
  'POST /patients/:id/observations': 'entered observations',
  'POST /patients/:id/hand-over': 'offered a patient at hand-over',
  'POST /patients/:id/take-over': 'took a patient over',
  'POST /patients/:id/swap': 'swapped two patients',
  'POST /devices': 'registered a device',
  'PATCH /devices/:id': 'changed a device',
  'POST /devices/:id/credential': 'renewed the password of a device',
  'PUT /devices/:id/patient': 'said who wears a device',
  'POST /users': 'made a user',
  'PATCH /users/:name': 'changed a user',
  'POST /beds': 'added a bed',
  'PATCH /beds/:id': 'renamed a bed',
  'PUT /beds/:id/use': 'said whether a bed may be used',
  'DELETE /beds/:id': 'removed a bed',
  'POST /escalation-chains': 'made an escalation chain',
  'PATCH /escalation-chains/:id': 'changed an escalation chain',
  'DELETE /escalation-chains/:id': 'removed an escalation chain',
  'PUT /limit-profiles/:name': 'changed the limits of a profile',
  'POST /alarms/:id/acknowledge': 'acknowledged an alarm',
  'POST /alarms/:id/pause': 'paused the sound of an alarm',
  'POST /alarms/:id/comment': 'commented on an alarm',
  'POST /alarms/:id/verdict': 'judged an alarm',
  'POST /alarms/pause': 'paused the sound of the ward',
  'POST /patients/:id/annotations': 'made a note',
  'PATCH /patients/:id/annotations/:annotation': 'corrected a note',
  'DELETE /patients/:id/annotations/:annotation': 'struck a note out',
  'PUT /ward/shifts': 'set the shifts of the ward',
  'POST /channels': 'added a channel for alarms',
  'PATCH /channels/:id': 'changed a channel for alarms',
  'POST /channels/:id/test': 'tried a channel for alarms',
  'DELETE /channels/:id': 'removed a channel for alarms',
  'POST /channels/web-push/subscriptions': 'switched notifications of a browser on',
  'DELETE /channels/web-push/subscriptions/:id': 'switched notifications of a browser off',
  'POST /deliveries/:id/confirm': 'confirmed a message by its link',
}

/** What somebody did, in words; the route itself where there are none yet. */
export function actionWords(action: string): string {
  return ACTIONS[action] ?? action
}

/** Of what it was: what the path named, or what was made. */
export function targetWords({ target, entities = [] }: Pick<AuditRow, 'target' | 'entities'>): string {
  const named = typeof target === 'object' && target !== null ? Object.values(target).map(valueWords) : []
  return (named.length > 0 ? named : entities.map(({ id }) => id)).join(', ')
}

const FIELDS: Readonly<Record<string, string>> = {
  'afterS.high': 'high alarms go up after (s)',
  'afterS.medium': 'medium alarms go up after (s)',
  'escalateAfterS.high': 'high alarms go up after (s)',
  'escalateAfterS.medium': 'medium alarms go up after (s)',
  notInUse: 'not in use because',
}

/** `limits.heartRate` → "limits heart rate". */
export function fieldWords(field: string): string {
  const own = FIELDS[field]
  if (own !== undefined) return own
  return field
    .replaceAll('.', ' ')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
}

/** A value of any kind, short. */
export function valueWords(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(valueWords).join(', ')
  if (typeof value === 'object') {
    const entries = Object.entries(value)
    return entries.length === 0
      ? 'not watched'
      : entries.map(([key, inner]) => `${fieldWords(key)} ${valueWords(inner)}`).join(', ')
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'something'
}

/** Who wears a device: only what is new in its history. */
function spanLine(before: unknown, after: unknown): string {
  const list = (spans: unknown): unknown[] => (Array.isArray(spans) ? spans : [])
  const known = new Set(list(before).map((span) => JSON.stringify(span)))
  const added = list(after).filter((span) => !known.has(JSON.stringify(span)))
  return added.map(spanWords).join('; ')
}

function spanWords(span: unknown): string {
  const { patient, from } = { patient: undefined, from: undefined, ...(typeof span === 'object' ? span : {}) }
  const since = typeof from === 'number' ? instantText(from) : valueWords(from)
  return `worn by ${patient === null ? 'nobody' : valueWords(patient)} from ${since}`
}

/** Said by the record's own time. */
const UNSAID: ReadonlySet<string> = new Set(['createdAt'])

/** One line for each thing that changed: what it was → what it is. Where nothing of the registry changed, what was asked for. */
export function changeLines({ entities = [], change }: Pick<AuditRow, 'entities' | 'change'>): string[] {
  const lines = entities.flatMap(({ kind, id, fields }) =>
    Object.entries(fields)
      .filter(([field]) => !UNSAID.has(field))
      .map(([field, { before, after }]) => {
        const what = entities.length > 1 ? `${kind} ${id}: ` : ''
        if (field === 'spans') return spanLine(before, after)
        if (field === 'passwordHash' || field === 'secretSha256') return `${what}a new password`
        if (before === undefined) return `${what}${fieldWords(field)}: ${valueWords(after)}`
        return `${what}${fieldWords(field)}: ${valueWords(before)} → ${valueWords(after)}`
      }),
  )
  if (lines.length > 0 || typeof change !== 'object' || change === null) return lines
  return Object.entries(change).map(([field, value]) => `${fieldWords(field)}: ${valueWords(value)}`)
}
