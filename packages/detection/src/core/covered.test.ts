import { expect, test } from 'vitest'
import type { AlarmPriority } from '@pulsewire/contracts'
import type { FindingStatement } from '../types.ts'
import { quietWhereCovered } from './covered.ts'
import { createFindingBook, createFindingBookState } from './finding-book.ts'

const T = 1_800_000_000_000
const moment = (second: number) => ({
  timeMs: T + second * 1_000,
  late: false,
  position: 'telemetry/0/1',
  device: 'd1',
})
const book = () => createFindingBook('p1', createFindingBookState())
const fast = (priority: AlarmPriority = 'medium', code = 'heartRate'): FindingStatement => ({
  type: 'limit',
  qualifier: `${code}-high-d1`,
  onset: T,
  device: 'd1',
  confidence: 1,
  quality: 1,
  priority,
  message: '',
  evidence: { code },
  code,
  side: 'high',
})
const tachycardia = (priority: AlarmPriority): FindingStatement => {
  const { code: _code, side: _side, qualifier: _qualifier, ...rest } = fast(priority)
  return { ...rest, type: 'ventricular-tachycardia' }
}

test('a limit that a graver alarm says already is kept with the reason, and rings as soon as that is gone', () => {
  const on = book()
  on.raise(tachycardia('high'), moment(0))
  const quiet = quietWhereCovered(fast(), on)
  expect(quiet).not.toHaveProperty('priority')
  expect(quiet.evidence['suppressed']).toBe('the alarm ventricular-tachycardia says it already')
  on.raise(quiet, moment(1))
  on.end('ventricular-tachycardia', undefined, T + 20_000, moment(20))
  expect(quietWhereCovered(fast(), on).priority).toBe('medium')
})

test('a limit that rings is never taken back by what comes later', () => {
  const on = book()
  on.raise(fast(), moment(0))
  on.raise(tachycardia('high'), moment(1))
  expect(quietWhereCovered(fast(), on).priority).toBe('medium')
})

test('a candidate that does not ring itself, or less loudly, covers nothing', () => {
  const on = book()
  const { priority: _none, ...candidate } = tachycardia('high')
  on.raise(candidate, moment(0))
  expect(quietWhereCovered(fast(), on).priority).toBe('medium')
  on.raise(tachycardia('medium'), moment(1))
  expect(quietWhereCovered(fast('high'), on).priority).toBe('high')
  expect(quietWhereCovered(fast('medium'), on)).not.toHaveProperty('priority')
})

test('the pulse says what the heart rate says, and not the other way round; saturation is another thing', () => {
  const on = book()
  on.raise(fast(), moment(0))
  expect(quietWhereCovered(fast('medium', 'pulseRate'), on)).not.toHaveProperty('priority')
  expect(quietWhereCovered(fast('medium', 'spo2'), on).priority).toBe('medium')
  const pulseFirst = book()
  pulseFirst.raise(fast('medium', 'pulseRate'), moment(0))
  expect(quietWhereCovered(fast(), pulseFirst).priority).toBe('medium')
})
