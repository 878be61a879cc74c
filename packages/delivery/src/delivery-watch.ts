import {
  SYSTEM_PATIENT,
  findingId,
  type Call,
  type Channel,
  type DeliveryEvent,
  type Finding,
} from '@pulsewire/contracts'
import { utcText } from './message/subject.ts'

/** A channel whose attempts fail for so long, and so often, is told of; one that gave a message up is told of at once. */
const FAILING_AFTER_MS = 60_000
const FAILING_ATTEMPTS = 3
export const DELIVERY_RULE = { name: 'delivery', version: '1' } as const

const KIND_WORDS: Readonly<Record<Channel['target']['via'], string>> = {
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
}

export function createDeliveryWatch(): DeliveryWatch {
  const failing = new Map<string, Failing>()
  const unheard = new Map<string, Call>()
  return {
    heard: ({ event, at, deliveries = [], call }) => {
      for (const { channel, sentAt, attempts, error = '', cause } of deliveries) {
        if (sentAt !== undefined) failing.delete(channel)
        else if ((event === 'attempt-failed' || event === 'failed') && attempts > 0 && cause !== 'test') {
          const before = failing.get(channel)
          failing.set(channel, {
            since: before?.since ?? at,
            attempts: (before?.attempts ?? 0) + 1,
            gaveUp: before?.gaveUp === true || event === 'failed',
            error,
          })
        }
      }
      if (call?.state === 'unheard') unheard.set(call.alarm, call)
      else if (call !== undefined) unheard.delete(call.alarm)
    },
    findings: (at, channels) => [
      ...[...failing].flatMap(([id, how]) => {
        const channel = channels.get(id)
        const isBad = how.gaveUp || (how.attempts >= FAILING_ATTEMPTS && at - how.since >= FAILING_AFTER_MS)
        return isBad && channel !== undefined ? [channelFinding(channel, how, at)] : []
      }),
      ...[...unheard.values()].filter(({ told }) => told > 0).map((call) => unheardFinding(call, at)),
    ],
  }
}

function channelFinding({ id, name, target }: Channel, { since, attempts, error }: Failing, at: number): Finding {
  const message = `${KIND_WORDS[target.via]} (${name}): nothing has got through since ${utcText(since)}. ${error}`
  return systemFinding(`channel-${id}`, since, at, 'medium', message, { channel: id, via: target.via, attempts, error })
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
