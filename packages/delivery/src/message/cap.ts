import { SYSTEM_PATIENT, type AlarmPriority, type Delivery, type Notice, type TargetOf } from '@pulsewire/contracts'
import { create } from 'xmlbuilder2'
import type { XMLBuilder } from 'xmlbuilder2/lib/interfaces.js'
import { headlineOf, whomOf, type Subject } from './subject.ts'

// OASIS Common Alerting Protocol 1.2 (2010): http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html
export const CAP_NAMESPACE = 'urn:oasis:names:tc:emergency:cap:1.2'

export type MessageType = 'Alert' | 'Update' | 'Cancel'

/** Alert for the first that a receiver hears of an alarm, Cancel when it is over, Update in between (CAP 1.2, 3.2.1 msgType). */
export function messageTypeOf({ cause, earlier }: Delivery): MessageType {
  if (earlier.length === 0) return 'Alert'
  return cause === 'ended' ? 'Cancel' : 'Update'
}

// CAP 1.2, 3.2.2: urgency, severity; ours by the alarm's priority (IEC 60601-1-8: high = immediate, medium = prompt, low = awareness).
export const URGENCY: Readonly<Record<AlarmPriority, string>> = { high: 'Immediate', medium: 'Expected', low: 'Future' }
export const SEVERITY: Readonly<Record<AlarmPriority, string>> = { high: 'Extreme', medium: 'Severe', low: 'Moderate' }
/** Observed is what is known to have happened; likely: p > 50 %. */
export function certaintyOf({ confidence }: Pick<Notice, 'confidence'>): string {
  if (confidence >= 0.9) return 'Observed'
  return confidence > 0.5 ? 'Likely' : 'Possible'
}

/** Urgency, severity and certainty of what is told: over is over. */
export function gravityOf({ delivery, notice }: Pick<Subject, 'delivery' | 'notice'>): {
  readonly urgency: string
  readonly severity: string
  readonly certainty: string
} {
  if (delivery.cause === 'test') return { urgency: 'Unknown', severity: 'Unknown', certainty: 'Unknown' }
  const urgency = delivery.cause === 'ended' ? 'Past' : URGENCY[notice.priority]
  return { urgency, severity: SEVERITY[notice.priority], certainty: certaintyOf(notice) }
}

/** What is to be done, in CAP's words. */
function responseTypeOf({ delivery, notice }: Subject): string {
  if (delivery.cause === 'test') return 'None'
  if (delivery.cause === 'ended') return 'AllClear'
  return notice.priority === 'high' ? 'Execute' : 'Assess'
}

/** Seconds and an offset, as CAP wants it (`Z` is not allowed). */
export function capTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, '+00:00')
}

/** A CAP 1.2 message. `sent` is when it was planned: the same at each attempt, as is its identifier. */
export function capMessage(subject: Subject, target: TargetOf<'cap'>): string {
  const document = create({ version: '1.0', encoding: 'UTF-8' })
  appendAlert(document, subject, target)
  return document.end({ prettyPrint: true })
}

/** Appends `<alert>` with its own namespace. */
export function appendAlert(parent: XMLBuilder, subject: Subject, target: TargetOf<'cap'>): void {
  const { delivery } = subject
  const alert = parent.ele(CAP_NAMESPACE, 'alert')
  const put = putterOf(alert)
  put('identifier', delivery.id)
  put('sender', target.sender)
  put('sent', capTime(delivery.createdAt))
  put('status', delivery.cause === 'test' ? 'Test' : target.status)
  put('msgType', messageTypeOf(delivery))
  put('source', 'Pulsewire')
  put('scope', target.scope)
  if (target.scope === 'Restricted') put('restriction', target.restriction ?? 'Medical staff')
  if (target.scope === 'Private') put('addresses', (target.addresses ?? [target.sender]).join(' '))
  if (delivery.cause === 'test') put('note', 'A test of the connection')
  // 3.2.1 references: sender,identifier,sent of each earlier message.
  const references = delivery.earlier.map(({ id, at }) => `${target.sender},${id},${capTime(at)}`)
  if (references.length > 0) put('references', references.join(' '))
  put('incidents', capTokenOf(delivery.alarm))
  appendInfo(alert, subject, target)
}

function appendInfo(alert: XMLBuilder, subject: Subject, target: TargetOf<'cap'>): void {
  const { notice } = subject
  const { urgency, severity, certainty } = gravityOf(subject)
  const info = alert.ele(CAP_NAMESPACE, 'info')
  const put = putterOf(info)
  put('language', 'en')
  put('category', notice.kind === 'physiological' ? 'Health' : 'Infra')
  put('event', notice.message)
  put('responseType', responseTypeOf(subject))
  put('urgency', urgency)
  put('severity', severity)
  put('certainty', certainty)
  pair(info, 'eventCode', 'pulsewire', notice.type)
  put('onset', capTime(notice.onset))
  if (target.senderName !== undefined) put('senderName', target.senderName)
  put('headline', headlineOf(subject).slice(0, 160))
  put('description', notice.message)
  pair(info, 'parameter', 'priority', notice.priority)
  pair(info, 'parameter', 'state', notice.state)
  if (notice.patient !== SYSTEM_PATIENT) pair(info, 'parameter', 'patient', notice.patient)
  const area = info.ele(CAP_NAMESPACE, 'area')
  putterOf(area)('areaDesc', whomOf(subject))
  if (target.circle !== undefined) putterOf(area)('circle', target.circle)
  for (const { name, value } of target.geocode ?? []) pair(area, 'geocode', name, value)
}

function putterOf(parent: XMLBuilder): (name: string, text: string) => void {
  return (name, text) => void parent.ele(CAP_NAMESPACE, name).txt(xmlText(text))
}

function pair(parent: XMLBuilder, element: string, name: string, value: string): void {
  const put = putterOf(parent.ele(CAP_NAMESPACE, element))
  put('valueName', name)
  put('value', value)
}

/** Lists of CAP are separated by blanks, and their parts by commas. */
function capTokenOf(text: string): string {
  return text.replaceAll(/[\s,<&]/g, '-')
}

/** XML 1.0 has no place for most control characters, escaped or not, nor for half a surrogate pair. */
export function xmlText(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, '\uFFFD')
}
