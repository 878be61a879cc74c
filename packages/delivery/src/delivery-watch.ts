import {
  SYSTEM_PATIENT,
  findingId,
  type Call,
  type Channel,
  type ChannelKind,
  type DeliveryEvent,
  type Finding,
} from '@pulsewire/contracts'
import { utcText } from './message/subject.ts'

/** A channel whose attempts fail for so long, and so often, is told of; one that gave a message up is told of at once. */
const FAILING_AFTER_MS = 60_000
const FAILING_ATTEMPTS = 3
export const DELIVERY_RULE = { name: 'delivery', version: '1' } as const

const KIND_WORDS: Readonly<Record<ChannelKind, string>> = {
  webhook: 'Webhook',
  email: 'E-mail',
  'web-push': 'Notifications to a phone',
  cap: 'Messages to emergency services',
}

interface Failing {
  readonly since: number
  readonly attempts: number
  readonly gaveUp: boolean
  readonly error: string
}

/** Watches what becomes of deliveries, over all patients: which channels do not work, and which alarms reached nobody. */
export interface DeliveryWatch {
  heard(event: DeliveryEvent): void
  /** What does not work now, as findings of the system that should be open. */
  findings(at: number, channels: ReadonlyMap<string, Channel>): Finding[]
  /**
   * What was wrong and is over since the last question, as findings that end. They ask for no alarm: where none was raised, none is now.
   */
  over(): Finding[]
}

export function createDeliveryWatch(): DeliveryWatch {
  const failing = new Map<string, Failing>()
  const unheard = new Map<string, Call>()
  const over = new Map<string, Finding>()
  const isOver = (finding: Finding): void => void over.set(finding.id, ended(finding, finding.seenUntil))
  return {
    heard: ({ event, at, deliveries = [], call }) => {
      for (const { channel, via, sentAt, attempts, error = '', cause } of deliveries) {
        const before = failing.get(channel)
        if (sentAt !== undefined) {
          if (before !== undefined && isBad(before, at)) isOver(channelFinding(channel, channel, via, before, at))
          failing.delete(channel)
        } else if ((event === 'attempt-failed' || event === 'failed') && attempts > 0 && cause !== 'test') {
          failing.set(channel, {
            since: before?.since ?? at,
            attempts: (before?.attempts ?? 0) + 1,
            gaveUp: before?.gaveUp === true || event === 'failed',
            error,
          })
        }
      }
      if (call === undefined) return
      const before = unheard.get(call.alarm)
      if (before !== undefined && (call.state !== 'unheard' || call.version !== before.version)) {
        isOver(unheardFinding(before, at))
      }
      if (call.state === 'unheard' && call.told > 0) unheard.set(call.alarm, call)
      else unheard.delete(call.alarm)
    },
    over: () => {
      const said = [...over.values()]
      over.clear()
      return said
    },
    findings: (at, channels) => [
      ...[...failing].flatMap(([id, how]) => {
        const channel = channels.get(id)
        if (channel === undefined || !isBad(how, at)) return []
        return [channelFinding(id, channel.name, channel.target.via, how, at)]
      }),
      ...[...unheard.values()].map((call) => unheardFinding(call, at)),
    ],
  }
}

function isBad({ gaveUp, attempts, since }: Failing, at: number): boolean {
  return gaveUp || (attempts >= FAILING_ATTEMPTS && at - since >= FAILING_AFTER_MS)
}

/** The same finding, over; it asks for no alarm. */
export function ended({ priority: _priority, ...finding }: Finding, at: number): Finding {
  return { ...finding, status: 'ended', end: at, seenUntil: at }
}

function channelFinding(
  id: string,
  name: string,
  via: ChannelKind,
  { since, attempts, error }: Failing,
  at: number,
): Finding {
  const message = `${KIND_WORDS[via]} (${name}): nothing has got through since ${utcText(since)}. ${error}`
  return systemFinding(`channel-${id}`, since, at, 'medium', message, { channel: id, via, attempts, error })
}

function unheardFinding({ alarm, patient, version, stepAt }: Call, at: number): Finding {
  const message = 'An alarm of high urgency could be told to nobody: neither screen nor channel took it'
  return systemFinding(`unheard-${patient}-${version}`, stepAt, at, 'high', message, { alarm, patient })
}

function systemFinding(
  qualifier: string,
  onset: number,
  at: number,
  priority: 'high' | 'medium',
  message: string,
  evidence: Finding['evidence'],
): Finding {
  return {
    id: findingId(SYSTEM_PATIENT, 'system', onset, qualifier),
    type: 'system',
    patient: SYSTEM_PATIENT,
    status: 'open',
    onset,
    seenUntil: at,
    late: false,
    confidence: 1,
    quality: 1,
    priority,
    message: message.slice(0, 500),
    evidence,
    rule: DELIVERY_RULE,
  }
}
