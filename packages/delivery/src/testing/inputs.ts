import {
  DEFAULT_LIMITS,
  findingId,
  type Alarm,
  type AlarmEvent,
  type Channel,
  type ChannelKind,
  type ChannelTarget,
} from '@pulsewire/contracts'

export const T0 = 1_790_000_000_000
export const PATIENT = 'p1'

export function alarmOf(name: string, change: Partial<Alarm> = {}): Alarm {
  return {
    id: findingId(PATIENT, 'asystole', T0, name),
    patient: PATIENT,
    type: 'asystole',
    kind: 'physiological',
    priority: 'high',
    state: 'active',
    onset: T0 - 5_000,
    raisedAt: T0,
    ringingSince: T0,
    rings: 1,
    escalation: 0,
    addressedTo: 'nurse',
    late: false,
    message: 'Asystole: call the team',
    evidence: { pauseMs: 4_200, limit: DEFAULT_LIMITS.heartRate?.low ?? 0 },
    confidence: 0.9,
    quality: 1,
    rule: { name: 'asystole', version: '1' },
    comments: [],
    ...change,
  }
}

export function alarmEventOf(version: number, event: AlarmEvent['event'], alarm: Alarm, at = T0): AlarmEvent {
  return { patient: alarm.patient, version, at, event, alarm }
}

const TARGETS: { readonly [K in ChannelKind]: Extract<ChannelTarget, { via: K }> } = {
  webhook: { via: 'webhook', address: 'https://hook.example/alarms', secret: `whsec_${'A'.repeat(32)}` },
  email: { via: 'email', address: 'night@ward.example' },
  'web-push': {
    via: 'web-push',
    address: 'https://push.example/abc',
    keys: { p256dh: 'B'.repeat(87), auth: 'C'.repeat(22) },
    user: 'amal',
  },
  cap: {
    via: 'cap',
    address: 'https://cap.example/in',
    sender: 'ward3@hospital.example',
    status: 'Test',
    scope: 'Private',
    addresses: ['dispatch@city.example'],
    envelope: 'none',
  },
}

export function channelOf(id: string, via: ChannelKind, change: Partial<Channel> = {}): Channel {
  return {
    kind: 'channel',
    id,
    name: id,
    step: 0,
    confirmWithinS: 30,
    priorities: ['high', 'medium'],
    technical: false,
    includeName: false,
    target: TARGETS[via],
    createdAt: T0 - 1_000_000,
    from: T0 - 1_000_000,
    ...change,
  }
}
