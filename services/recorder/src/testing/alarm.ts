import type { Alarm } from '@pulsewire/contracts'
import { T0 } from './records.ts'

export function alarm(message: string): Alarm {
  return {
    id: `p1.tachycardia.${T0}`,
    patient: 'p1',
    type: 'tachycardia',
    kind: 'physiological',
    priority: 'medium',
    state: 'active',
    onset: T0,
    raisedAt: T0,
    escalation: 0,
    late: false,
    message,
    evidence: {},
    confidence: 0.9,
    quality: 1,
    rule: { name: 'tachycardia', version: '1' },
    comments: [],
  }
}
