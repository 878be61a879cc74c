import type { Alarm } from '@pulsewire/contracts'

/** An alarm for tests. */
export function alarmFixture(change: Partial<Alarm> = {}): Alarm {
  return {
    id: 'p1.tachycardia.1790000000000',
    patient: 'p1',
    type: 'tachycardia',
    kind: 'physiological',
    priority: 'medium',
    state: 'active',
    onset: 1_790_000_000_000,
    raisedAt: 1_790_000_001_000,
    escalation: 0,
    late: false,
    message: 'Heart rate 142, limit 120',
    evidence: {},
    confidence: 1,
    quality: 1,
    rule: { name: 'rate', version: '1' },
    comments: [],
    ...change,
  }
}
