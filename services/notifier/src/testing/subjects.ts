import type { Channel, ChannelTarget, Delivery } from '@pulsewire/contracts'
import { testNotice, type Subject } from '@pulsewire/delivery'

const LONG_AGO = 1_700_000_000_000

/** A channel to a receiver of a test. Unlike the API it lets a push service be one without TLS. */
export function channelTo(target: ChannelTarget, change: Partial<Channel> = {}): Channel {
  return {
    kind: 'channel',
    id: target.via,
    name: `The ${target.via}`,
    step: 0,
    confirmWithinS: 60,
    priorities: ['high', 'medium', 'low'],
    technical: true,
    includeName: false,
    target,
    createdAt: LONG_AGO,
    from: LONG_AGO,
    ...change,
  }
}

/** A message about an alarm of bed 4. */
export function subjectTo(channel: Channel, change: Partial<Delivery> = {}): Subject {
  const delivery: Delivery = {
    id: `${channel.id}.p1.7`,
    channel: channel.id,
    via: channel.target.via,
    patient: 'p1',
    alarm: 'p1.asystole.1',
    cause: 'raised',
    step: 0,
    state: 'pending',
    attempts: 0,
    createdAt: 1_790_000_000_000,
    nextAttemptAt: 0,
    giveUpAt: 0,
    version: 7,
    earlier: [],
    ...change,
  }
  const notice = { ...testNotice(delivery), priority: 'high' as const, message: 'Asystole: call the team' }
  return {
    delivery,
    notice,
    channel,
    place: 'Bed 4',
    name: 'Maria Reyes',
    confirmUrl: 'https://ward.example/confirm',
    patientUrl: undefined,
  }
}
